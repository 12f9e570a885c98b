// Proves that a form was made by us for this browser and for this act.
// In: what the browser proves itself by, the act. Out: the value of a field.
// INVARIANT: the value tells nothing; comparing it takes a constant time.

import { createHmac, timingSafeEqual } from 'node:crypto'

export class Forms {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = createHmac('sha256', key).update('forms').digest()
  }

  sign(browser: string, act: string): string {
    return this.#digest(browser, act).toString('base64url')
  }

  isSigned(given: string | null, browser: string, act: string): boolean {
    const bytes = Buffer.from(given ?? '', 'base64url')
    const expected = this.#digest(browser, act)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  }

  #digest(browser: string, act: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([browser, act]))
      .digest()
  }
}

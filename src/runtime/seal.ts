// Opaque texts of servers that clients carry back, sealed (design §6).
// In: a text and whom it is for. Out: a sealed text, and the text again.
// INVARIANT: what is opened was sealed by this key for the same bearer.

import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Bearer {
  /** The first token of those that replaced each other. */
  readonly lineage: string
  /** What it is a state of: method, server, upstream name. */
  readonly about: readonly string[]
}

/** People take their time to answer. */
const GOOD_MS = 3_600_000

export class Seal {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  /** `inner`: null where the server gave none. `now` is the wall clock; null
   * for what is good as long as its server says, and always sealed alike. */
  close(inner: string | null, bearer: Bearer, now: number | null): string {
    const until = now === null ? null : now + GOOD_MS
    const text = JSON.stringify([inner, until])
    const body = Buffer.from(text).toString('base64url')
    return `${body}.${this.#sign(body, bearer)}`
  }

  /** Undefined when it cannot be trusted. */
  open(
    sealed: string,
    bearer: Bearer,
    now: number,
  ): { readonly inner: string | null } | undefined {
    const [body = '', given = '', more] = sealed.split('.')
    if (more !== undefined) return undefined
    const right = Buffer.from(this.#sign(body, bearer))
    const left = Buffer.from(given)
    if (left.length !== right.length || !timingSafeEqual(left, right)) {
      return undefined
    }
    const [inner, until] = JSON.parse(
      Buffer.from(body, 'base64url').toString(),
    ) as [string | null, number | null]
    return until !== null && until < now ? undefined : { inner }
  }

  #sign(body: string, { lineage, about }: Bearer): string {
    const text = JSON.stringify([body, lineage, ...about])
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}

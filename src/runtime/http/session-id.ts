// Session ids that hold the terms of a legacy session, signed.
// INVARIANT: an id that was not signed with this key is rejected.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Capabilities } from '../message/capabilities.ts'

/** The part of a session that survives a restart. */
export interface Terms {
  readonly tokenId: string
  readonly protocol: string
  readonly name: string
  readonly version: string
  readonly capabilities: Capabilities
}

/** Clients and proxies accept headers of this length. */
const MAX = 1_000

export class SessionIds {
  readonly #key: Buffer
  /** Of this process: a session that it ended cannot be restored. */
  readonly #boot = randomBytes(6).toString('base64url')

  constructor(key: Buffer) {
    this.#key = key
  }

  /** An id too long to hold its terms does not survive this process. */
  make(terms: Terms): string {
    const nonce = randomBytes(12).toString('base64url')
    const body = Buffer.from(JSON.stringify([this.#boot, nonce, terms]))
    const text = body.toString('base64url')
    return text.length > MAX
      ? randomBytes(24).toString('base64url')
      : `${text}.${this.#sign(text)}`
  }

  /** Undefined for an id of this process, or one with a wrong signature. */
  read(id: string): Terms | undefined {
    const [text = '', given = '', more] = id.split('.')
    const right = Buffer.from(this.#sign(text))
    const left = Buffer.from(given)
    const same = left.length === right.length && timingSafeEqual(left, right)
    if (!same || more !== undefined) return undefined
    const [boot, , terms] = JSON.parse(
      Buffer.from(text, 'base64url').toString(),
    ) as [string, string, Terms]
    return boot === this.#boot ? undefined : terms
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}

// Seals states of servers that clients carry: encrypts them and binds them to
// their bearer.
// INVARIANT: a state opens only if this key sealed it for the same bearer; a
// client cannot read it.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
} from 'node:crypto'
import type { Sealed } from '../request.ts'

export interface Bearer {
  /** The first token of those that replaced each other. */
  readonly lineage: string
  /** What the state belongs to: method, server, upstream name. */
  readonly about: readonly string[]
}

/** An hour: a person may have to answer. */
const GOOD_MS = 3_600_000

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16
const OWN = 6

export class Seal {
  readonly #key: Buffer
  readonly #nonceKey: Buffer

  constructor(key: Buffer) {
    this.#key = createHmac('sha256', key).update('key').digest()
    this.#nonceKey = createHmac('sha256', key).update('nonce').digest()
  }

  /** `now`: wall clock; null for a text that does not expire and is always
   * sealed to the same bytes. */
  close(
    { inner, round, args }: Sealed,
    bearer: Bearer,
    now: number | null,
  ): string {
    const until = now === null ? null : now + GOOD_MS
    // Equal calls of one moment have states of their own: each is used once.
    const own = now === null ? [] : [randomBytes(OWN).toString('base64url')]
    const text = JSON.stringify([inner, until, round, args, ...own])
    const bound = encodeBearer(bearer)
    // Derived from the content, so that two different texts never share a
    // nonce.
    const nonce = createHmac('sha256', this.#nonceKey)
      .update(bound)
      .update(`\0${text}`)
      .digest()
      .subarray(0, NONCE)
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(bound)
    const body = Buffer.concat([cipher.update(text), cipher.final()])
    const sealed = Buffer.concat([nonce, cipher.getAuthTag(), body])
    return sealed.toString('base64url')
  }

  /** Undefined when it was not sealed here for this bearer, or has expired. */
  open(sealed: string, bearer: Bearer, now: number): Sealed | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    // Only the canonical base64url text is accepted: used states are compared
    // as texts.
    if (bytes.toString('base64url') !== sealed) return undefined
    const text = this.#decipher(bytes, encodeBearer(bearer))
    if (text === undefined) return undefined
    const [inner, until, round, args] = JSON.parse(text) as [
      string | null,
      number | null,
      number,
      string,
    ]
    return until !== null && until < now ? undefined : { inner, round, args }
  }

  #decipher(bytes: Buffer, bound: Buffer): string | undefined {
    if (bytes.length <= NONCE + TAG) return undefined
    const nonce = bytes.subarray(0, NONCE)
    try {
      const cipher = createDecipheriv(CIPHER, this.#key, nonce)
        .setAAD(bound)
        .setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
      const text = cipher.update(bytes.subarray(NONCE + TAG))
      return Buffer.concat([text, cipher.final()]).toString()
    } catch {
      return undefined
    }
  }
}

function encodeBearer({ lineage, about }: Bearer): Buffer {
  return Buffer.from(JSON.stringify([lineage, ...about]))
}

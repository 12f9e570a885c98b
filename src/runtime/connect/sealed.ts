// Seals small values that a browser carries: encrypts and binds them to a use.
// In: a key, a JSON value. Out: a text for a cookie.
// INVARIANT: a value opens only under the key and the use that sealed it; the
// browser can neither read nor change it.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

export function seal(key: Buffer, use: string, value: unknown): string {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(use))
  const body = [cipher.update(JSON.stringify(value)), cipher.final()]
  return Buffer.concat([nonce, cipher.getAuthTag(), ...body]).toString(
    'base64url',
  )
}

/** Undefined when it was not sealed so. */
export function open(key: Buffer, use: string, text: string): unknown {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length <= NONCE + TAG) return undefined
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE), {
      authTagLength: TAG,
    })
      .setAAD(Buffer.from(use))
      .setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
    const value = decipher.update(bytes.subarray(NONCE + TAG))
    return JSON.parse(Buffer.concat([value, decipher.final()]).toString())
  } catch {
    return undefined
  }
}

// The gateway's key, and keys derived from it by HKDF (RFC 5869).
// INVARIANT: the bytes of the key file are used only to derive keys.

import { hkdfSync, randomBytes } from 'node:crypto'
import { linkSync, rmSync, writeFileSync } from 'node:fs'
import { readRegularText } from '../../regular.ts'

/** Each use has its own key. */
type KeyUse =
  | 'address'
  | 'admin'
  | 'arguments'
  | 'checkpoints'
  | 'connect'
  | 'grants'
  | 'login'
  | 'logouts'
  | 'sessions'
  | 'signatures'
  | 'state'

/** Reads the key file; throws when it is missing or holds no 32-byte key. */
export function readKey(file: string): Buffer {
  const text = readRegularText(file).trim()
  const key = Buffer.from(text, 'base64url')
  if (key.length === 32) return key
  const message = `${file} does not hold a gateway key`
  throw Object.assign(new Error(message), { code: 'EKEY' })
}

/** Reads the key file, or creates it (0600) when there is none. Two gateways
 * that start at once agree: the first file that is linked stays. */
export function ensureKey(file: string): Buffer {
  try {
    return readKey(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, {
    mode: 0o600,
    flag: 'wx',
  })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return readKey(file)
}

export function deriveKey(key: Buffer, use: KeyUse): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `portcullis/${use}`, 32))
}

/** The same key as text, for a bearer header. */
export function deriveToken(key: Buffer, use: KeyUse): string {
  return deriveKey(key, use).toString('base64url')
}

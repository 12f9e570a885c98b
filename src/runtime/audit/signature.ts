// Signatures of checkpoints: Ed25519, with a key pair derived from the
// gateway's key.
// INVARIANT: the public key verifies and cannot sign; a signature covers the
// checkpoint's line up to it.

import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { deriveKey } from '../base/key.ts'
import { KeyedDigest } from './digest.ts'

export interface Signer {
  sign(bytes: Buffer): string
}

/** Verifies checkpoints. `unknown`: signed in a way that this seal cannot
 * verify. */
export interface Seal {
  /** False if it verifies nothing. */
  readonly judges: boolean
  judge(checkpoint: Buffer): 'good' | 'bad' | 'unknown'
}

/** RFC 8410: the bytes before the 32 bytes of a seed, and of a public key. */
const SEED = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC = Buffer.from('302a300506032b6570032100', 'hex')

export function makeSigner(key: Buffer): Signer {
  const own = derivePrivate(key)
  return { sign: (bytes) => sign(null, bytes, own).toString('base64url') }
}

const NAME = 'ed25519:'

/** `ed25519:` and 43 characters, as `gateway audit key` prints it. */
export function formatPublic(key: Buffer): string {
  const spki = createPublicKey(derivePrivate(key)).export({
    type: 'spki',
    format: 'der',
  })
  return `${NAME}${spki.subarray(PUBLIC.length).toString('base64url')}`
}

/** Undefined if it is not a public key. */
export function readPublic(text: string): KeyObject | undefined {
  const [, written = ''] = /^ed25519:([\w-]{43})$/.exec(text.trim()) ?? []
  const bytes = Buffer.from(written, 'base64url')
  if (bytes.length !== 32) return undefined
  const key = Buffer.concat([PUBLIC, bytes])
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

export const NO_SEAL: Seal = Object.freeze({
  judges: false,
  judge: () => 'unknown' as const,
})

/** The key also verifies MACs, which older trails have. */
export function openSeal(key: Buffer): Seal {
  const mac = new KeyedDigest(deriveKey(key, 'checkpoints'))
  return makeSeal(createPublicKey(derivePrivate(key)), mac)
}

export function openPublicSeal(key: KeyObject): Seal {
  return makeSeal(key)
}

const SIGNATURE = /"detail":\{"signature":"([\w-]{86})"\}\}$/
const MAC = /"detail":\{"mac":"([0-9a-f]{64})"\}\}$/

/** Characters after a signature or a MAC. */
const TAIL = '"}}'.length

function makeSeal(key: KeyObject, mac?: KeyedDigest): Seal {
  const judge: Seal['judge'] = (line) => {
    const text = line.toString('latin1')
    const [, signature] = SIGNATURE.exec(text) ?? []
    if (signature !== undefined) {
      const signed = line.subarray(0, line.length - signature.length - TAIL)
      const bytes = Buffer.from(signature, 'base64url')
      return verify(null, signed, key, bytes) ? 'good' : 'bad'
    }
    const [, old] = MAC.exec(text) ?? []
    if (old === undefined) return 'bad'
    if (!mac) return 'unknown'
    const signed = line.subarray(0, line.length - old.length - TAIL)
    const same = timingSafeEqual(
      Buffer.from(old),
      Buffer.from(mac.sign(signed)),
    )
    return same ? 'good' : 'bad'
  }
  return { judges: true, judge }
}

function derivePrivate(key: Buffer): KeyObject {
  const seed = deriveKey(key, 'signatures')
  return createPrivateKey({
    key: Buffer.concat([SEED, seed]),
    format: 'der',
    type: 'pkcs8',
  })
}

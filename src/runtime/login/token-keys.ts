// The key that a token was signed with, among published ones (RFC 7517).
// In: a set of keys, a header. Out: the one key that fits.
// INVARIANT: only public keys for signatures, of the kind of the algorithm; two
// that fit are none.

import type { webcrypto } from 'node:crypto'
import type { JWK } from 'jose'
import type { Person } from '../../contract/login.ts'
import type { LoginFault } from './problem.ts'
import type { TokenForm } from './token-form.ts'

export type TokenHeader = Pick<TokenForm, 'algorithm' | 'kid'>

/** Where the keys of an issuer come from. */
export interface TokenKeys {
  find(header: TokenHeader): Promise<webcrypto.CryptoKey | LoginFault>
  /** Until when what a person was given has ended; undefined: nothing has. */
  endedAt?(person: Person): number | undefined
}

const MAX_KEYS = 100

/** Curves by algorithm. */
const CURVES: Readonly<Record<string, string>> = Object.freeze({
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
})

/** Undefined: not a set of keys. */
export function readKeySet(
  answer: Readonly<Record<string, unknown>> | undefined,
): readonly JWK[] | undefined {
  const keys = answer?.keys
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined
  return keys.filter(
    (one): one is JWK => typeof one === 'object' && one !== null,
  )
}

export async function pickKey(
  keys: readonly JWK[],
  { algorithm, kid }: TokenHeader,
): Promise<webcrypto.CryptoKey | undefined> {
  const fitting = keys.filter(
    (key) =>
      (kid === undefined || key.kid === kid) && canVerify(key, algorithm),
  )
  const [key, second] = fitting
  if (!key || second) return undefined
  const { importJWK } = await import('jose')
  const { kty, n, e, crv, x, y } = key
  const parts = { kty, n, e, crv, x, y }
  const given = Object.entries(parts).filter(([, value]) => value !== undefined)
  try {
    const imported = await importJWK(Object.fromEntries(given), algorithm)
    return imported instanceof Uint8Array ? undefined : imported
  } catch {
    return undefined
  }
}

export function canVerify(
  { kty, use, alg, crv, key_ops: uses }: JWK,
  algorithm: string,
): boolean {
  const curve = CURVES[algorithm]
  const isKind =
    curve === undefined
      ? kty === 'RSA'
      : kty === (curve === 'Ed25519' ? 'OKP' : 'EC') && crv === curve
  return (
    isKind &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === algorithm) &&
    (!Array.isArray(uses) || uses.includes('verify'))
  )
}

/** Whether the token is signed with this key. */
export async function isSigned(
  token: string,
  { algorithm }: Pick<TokenForm, 'algorithm'>,
  key: webcrypto.CryptoKey,
): Promise<boolean> {
  const { compactVerify } = await import('jose')
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch {
    return false
  }
}

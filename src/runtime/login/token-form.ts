// The form of a JWT, before any key is looked for (RFC 7519, RFC 8725).
// In: a token, the accepted algorithms, the issuer. Out: its parts, or a fault.
// INVARIANT: nothing is fetched for a token that is refused here; no address or
// key that a token brings is ever used.

import type { Claims } from '../../table/login.ts'
import { scanJson } from '../message/scan.ts'
import type { LoginFault } from './problem.ts'

export interface TokenForm {
  readonly algorithm: string
  /** Undefined: not said. */
  readonly kid: string | undefined
  readonly claims: Claims
}

/** A head of a request cannot be longer. */
const MAX_TOKEN = 16 * 1024
const MAX_KID = 256

const PARTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/
const SIGNED = /^(?:RS|PS|ES)(?:256|384|512)$|^EdDSA$|^Ed25519$/
/** Of access tokens; those that say nothing may be one. */
const ACCESS: ReadonlySet<unknown> = new Set([
  undefined,
  'jwt',
  'at+jwt',
  'application/at+jwt',
])

/** Of logout tokens (OpenID Connect Back-Channel Logout, 2.4). */
export const LOGOUT: ReadonlySet<unknown> = new Set([
  undefined,
  'jwt',
  'logout+jwt',
  'application/logout+jwt',
])

/** A token that is not a JWT, and may be one that only its issuer can read. */
export function isOpaque(token: string): boolean {
  const [, first] = PARTS.exec(token) ?? []
  return first === undefined || readPart(first) === undefined
}

export function readForm(
  token: string,
  { algorithms, issuer }: { algorithms: readonly string[]; issuer: string },
  types = ACCESS,
): TokenForm | LoginFault {
  if (token.length > MAX_TOKEN) return { problem: 'malformed' }
  const [, first = '', second = '', third = ''] = PARTS.exec(token) ?? []
  const header = readPart(first)
  if (!header) return { problem: 'malformed' }
  const { alg, kid, typ } = header
  if (typeof alg !== 'string') return { problem: 'malformed' }
  if (!SIGNED.test(alg) || !algorithms.includes(alg)) {
    return { problem: 'algorithm' }
  }
  if (['crit', 'b64', 'enc', 'zip'].some((one) => Object.hasOwn(header, one))) {
    return { problem: 'extension' }
  }
  if (!types.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) {
    return { problem: 'type' }
  }
  if (kid !== undefined && !isKid(kid)) return { problem: 'malformed' }
  const claims = readPart(second)
  if (!claims || !decode(third)) return { problem: 'malformed' }
  if (claims.iss !== issuer) return { problem: 'issuer' }
  return { algorithm: alg, kid, claims }
}

function isKid(kid: unknown): kid is string {
  return typeof kid === 'string' && kid !== '' && kid.length <= MAX_KID
}

/** An object whose names stand once, so that all readers read the same. */
function readPart(part: string): Claims | undefined {
  const bytes = decode(part)
  if (!bytes) return undefined
  const root = scanJson(bytes, { depth: 32, keep: 0 })
  if ('fault' in root || root.type !== 'object') return undefined
  return JSON.parse(bytes.toString()) as Claims
}

/** Undefined where another text has the same bytes. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

// What a client may say of itself: in a registration, or in its document.
// In: what it sends. Out: the members that count, or why they do not.
// INVARIANT: a member that is not named here is dropped; a client gets the code
// flow and nothing else.

import { JWT_BEARER } from '../oauth/vouch.ts'
import { judgeRedirect } from './redirects.ts'

type Members = Readonly<Record<string, unknown>>

const GRANT_TYPES = ['authorization_code', 'refresh_token', JWT_BEARER]

const METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
]

const MAX_REDIRECTS = 20
const MAX_NAME = 80

/** A text: why it is refused. */
export function pickMembers(
  members: Members,
  redirects: readonly string[] | null,
): Record<string, unknown> | string {
  const { redirect_uris: uris } = members
  if (!Array.isArray(uris) || uris.length === 0) {
    return 'redirect_uris must list at least one address'
  }
  if (uris.length > MAX_REDIRECTS) return 'redirect_uris lists too many'
  const places = uris.map((uri) => judgeRedirect(uri, redirects))
  const fault = places.find((one) => typeof one === 'string')
  if (fault !== undefined) return fault
  const isNative = uris.some((uri) => !String(uri).startsWith('https:'))
  const { client_id: id } = members
  const name = cleanName(members.client_name)
  return {
    ...(typeof id === 'string' && { client_id: id }),
    ...(name !== '' && { client_name: name }),
    redirect_uris: uris,
    // Loopback addresses of any port are for native clients (RFC 8252, 7.3).
    application_type: isNative ? 'native' : 'web',
    grant_types: pickGrantTypes(members.grant_types),
    response_types: ['code'],
    ...pickProof(members),
  }
}

/** Shown to people: one line, without signs that hide or reorder others. */
export function cleanName(name: unknown): string {
  if (typeof name !== 'string') return ''
  return name
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME)
}

function pickGrantTypes(given: unknown): readonly string[] {
  const named: readonly unknown[] = Array.isArray(given)
    ? given
    : ['authorization_code', 'refresh_token']
  const known = GRANT_TYPES.filter((one) => named.includes(one))
  return [...new Set(['authorization_code', ...known])]
}

/** One that is not known is refused later, by its name. */
function pickProof(members: Members): Members {
  const { token_endpoint_auth_method: method = 'client_secret_basic' } = members
  const { token_endpoint_auth_methods_supported: several } = members
  const named = METHODS.includes(String(method))
    ? method
    : Array.isArray(several) && several.find((one) => METHODS.includes(one))
  if (named !== 'private_key_jwt') {
    return { token_endpoint_auth_method: named || method }
  }
  const { jwks, jwks_uri: uri } = members
  const { token_endpoint_auth_signing_alg: alg } = members
  return {
    token_endpoint_auth_method: named,
    ...(typeof jwks === 'object' && jwks !== null && { jwks }),
    ...(typeof uri === 'string' && { jwks_uri: uri }),
    ...(typeof alg === 'string' && { token_endpoint_auth_signing_alg: alg }),
  }
}

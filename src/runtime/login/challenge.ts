// What the endpoint of the login says of itself to clients (RFC 9728, RFC 6750).
// In: the login, addresses, a fault. Out: metadata; the header of a refusal.
// INVARIANT: every address is of the config; no text of a request is in one.

import type { Login } from '../../contract/login.ts'
import { describeFault, type LoginFault } from './problem.ts'

const METADATA = '/.well-known/oauth-protected-resource'

/** The paths at which the metadata is: of the endpoint, and of the whole host. */
export function listMetadataPaths({
  path,
}: Pick<Login, 'path'>): readonly string[] {
  return [METADATA + path, METADATA]
}

/** The issuer of the tokens that are accepted. */
export function nameIssuer(
  { server, issuer }: Pick<Login, 'server' | 'issuer'>,
  origin: string,
): string {
  return server ? `${origin}/login` : issuer
}

export function writeMetadata(login: Login, origin: string): string {
  const { path, scopes } = login
  return JSON.stringify({
    resource: origin + path,
    authorization_servers: [nameIssuer(login, origin)],
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    resource_name: 'Portcullis',
  })
}

export function writeChallenge(
  { path, scopes }: Login,
  origin: string,
  fault: LoginFault,
): string {
  const { problem } = fault
  const error =
    problem === 'no token'
      ? {}
      : {
          error: problem === 'scope' ? 'insufficient_scope' : 'invalid_token',
          error_description: quotable(describeFault(fault)),
        }
  const parameters = {
    ...error,
    resource_metadata: origin + METADATA + path,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
  const written = Object.entries(parameters).map(
    ([name, value]) => `${name}="${value}"`,
  )
  return `Bearer ${written.join(', ')}`
}

/** In signs that a quoted value may hold (RFC 6750, 3). */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}

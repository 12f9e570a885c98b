// The addresses of the authorization server, below the origin of the gateway.
// In: an origin. Out: paths, and the metadata that names them (RFC 8414).
// INVARIANT: what is named here is all that is served.

import type { Login, LoginServer } from '../../contract/login.ts'
import { MOUNT } from '../login/addresses.ts'
import { JWT_BEARER } from '../oauth/vouch.ts'

export const METADATA = '/.well-known/oauth-authorization-server/login'

/** Below `MOUNT`, in the words of oidc-provider. */
export const ROUTES = Object.freeze({
  authorization: '/authorize',
  token: '/token',
  registration: '/register',
  jwks: '/keys',
  revocation: '/revoke',
})

/** What every token of ours is for. */
const SCOPE = 'mcp'

export function listScopes(login: Pick<Login, 'scopes'>): readonly string[] {
  return [...new Set([SCOPE, ...login.scopes])]
}

export function issuerOf(origin: string): string {
  return origin + MOUNT
}

export function resourceOf(origin: string, login: Pick<Login, 'path'>): string {
  return origin + login.path
}

export function describeServer(
  origin: string,
  login: Pick<Login, 'scopes'>,
  server: Pick<LoginServer, 'registration'>,
): object {
  const issuer = issuerOf(origin)
  const methods = [
    'none',
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
  ]
  const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']
  return {
    issuer,
    authorization_endpoint: issuer + ROUTES.authorization,
    token_endpoint: issuer + ROUTES.token,
    ...(server.registration === 'any' && {
      registration_endpoint: issuer + ROUTES.registration,
    }),
    revocation_endpoint: issuer + ROUTES.revocation,
    jwks_uri: issuer + ROUTES.jwks,
    scopes_supported: listScopes(login),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', JWT_BEARER],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    authorization_grant_profiles_supported: [
      'urn:ietf:params:oauth:grant-profile:id-jag',
    ],
  }
}

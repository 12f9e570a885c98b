// The company's provider vouches for a person at the authorization server of a
// server (ID-JAG); the token that this gives (RFC 7523).
// INVARIANT: what vouches for a person goes to the authorization server that it
// is for alone, from the client of the config; it is kept nowhere.

import type { Given, IssuerRequests } from './issuer-requests.ts'
import type { OwnClient } from './registration.ts'

export interface VouchRequest {
  /** Of the server, in the config. */
  readonly server: string
  readonly subject: string
  /** The issuer of the server's authorization server. */
  readonly audience: string
  /** Undefined: none is sent. */
  readonly resource: string | undefined
  readonly scopes: readonly string[]
}

/** An identity assertion (ID-JAG). Rejects with NeedsSignIn, EndedThere, Denied
 * or another SignInProblem. */
export type Vouch = (request: VouchRequest) => Promise<string>

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

export const ID_JAG_PROFILE = 'urn:ietf:params:oauth:grant-profile:id-jag'

export interface VouchedToken extends Given {
  readonly issuer: string
  readonly scopes: readonly string[]
}

interface VouchedRequest {
  readonly server: string
  readonly subject: string
  readonly vouch: Vouch
  /** The scopes, of those that the server asks for. */
  pick(first: readonly string[]): readonly string[]
  /** Called for each text that is sent and must not be shown. */
  hide(assertion: string): void
}

export async function requestVouched(
  requests: Pick<IssuerRequests, 'find' | 'ask' | 'clients'>,
  { server, subject, vouch, pick, hide }: VouchedRequest,
): Promise<VouchedToken> {
  const where = await requests.find()
  const { issuer } = where.issuer
  const { resource } = where
  const scopes = pick(where.scopes)
  const client = await requests.clients.current(where)
  const audience = issuer
  const assertion = await vouch({ server, subject, audience, resource, scopes })
  hide(assertion)
  const sent = {
    assertion,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
  const secrets = [assertion]
  const token = await requests.ask(
    ...([where, client, JWT_BEARER, sent, secrets, describeCheck] as const),
  )
  return { token, client: client.id, issuer, scopes }
}

/** What the operator checks, by the error code (RFC 6749, 5.2; RFC 8707). */
function describeCheck(code: string, _: OwnClient, name: string): string {
  const at = `of servers.${name}`
  if (code === 'invalid_grant') {
    return 'it must trust the provider of `login`, for this client, and know the account of the person: ask its operator'
  }
  if (code === 'unsupported_grant_type' || code === 'unauthorized_client') {
    return `it must offer the grant ${JWT_BEARER} to this client; else remove \`auth.via\` ${at}, so that each person signs in there`
  }
  if (code === 'invalid_scope') return `check \`auth.scopes\` ${at}`
  if (code === 'invalid_target') return `check \`auth.resource\` ${at}`
  return `check \`auth.client\` ${at}`
}

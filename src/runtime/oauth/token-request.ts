// One request of the client credentials grant (RFC 6749, 4.4).
// In: issuer, client, scopes, resource. Out: a token, or who must do what.
// INVARIANT: that of token-endpoint.ts.

import type { ClientCredentials } from '../../contract/table.ts'
import { makeClientAuth } from './client-key.ts'
import type { Issuer } from './discovery.ts'
import type { Net } from './fetch.ts'
import type { Reach } from './reach.ts'
import { askForToken, type Token } from './token-endpoint.ts'

export interface TokenRequest {
  /** Name of the server in the config. */
  readonly server: string
  readonly auth: ClientCredentials
  /** The secret or the key, as it was read. */
  readonly credential: string
  readonly issuer: Issuer
  readonly scopes: readonly string[]
  /** Undefined: not sent. */
  readonly resource: string | undefined
  readonly from: Reach
  readonly net: Net
  /** Called for each text that is sent and must not be shown. */
  hide(text: string): void
}

/** What the operator checks, by the error code (RFC 6749, 5.2; RFC 8707). */
const CHECKS: Readonly<Record<string, string>> = Object.freeze({
  invalid_scope: 'check `auth.scopes`',
  invalid_target: 'check `auth.resource`',
  unauthorized_client:
    'register the client there for the client credentials grant',
  unsupported_grant_type: 'it must offer the client credentials grant',
})

export async function requestToken(request: TokenRequest): Promise<Token> {
  const { server, auth, credential, issuer, scopes, resource } = request
  const { client, parameters } = auth
  const holder = client.secret ? 'client.secret' : 'client.key'
  const other = `check \`client.id\` and \`${holder}\``
  return await askForToken({
    client: {
      id: client.id,
      proof: await makeClientAuth(client, credential, issuer.methods),
    },
    issuer,
    grantType: 'client_credentials',
    parameters: {
      ...parameters,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(resource !== undefined && { resource }),
    },
    tokenIn: null,
    from: request.from,
    net: request.net,
    hide: (text) => request.hide(text),
    check: (code) => `${CHECKS[code] ?? other} of servers.${server}`,
  })
}

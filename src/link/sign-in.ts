// How the gateway signs in to a server, with every default filled in.
// In: the authored `auth` of a server, and the folder of each of its members.
// Out: the same as the runtime reads it.
// INVARIANT: no secret, only references, relative to the root config.

import { DEFAULTS } from '../contract/defaults.ts'
import type { ClientCredentialsConfig } from '../contract/sign-in.ts'
import type { ClientCredentials } from '../contract/table.ts'
import { relocateSecret } from './paths.ts'

/** `folder`: of the file that names the secret or the key. */
export function linkSignIn(
  auth: ClientCredentialsConfig,
  folder: (member: 'secret' | 'key') => string,
): ClientCredentials {
  const { issuer = null, tokenEndpoint = null, client, scopes } = auth
  const { id, secret, key } = client
  const holder = secret
    ? { secret: { secret: relocateSecret(secret.secret, folder('secret')) } }
    : { key: { secret: relocateSecret(key.secret, folder('key')) } }
  return {
    type: auth.type,
    issuer,
    tokenEndpoint,
    client: { id, ...holder },
    // Their order has no meaning; holes are of faulty ones.
    scopes: scopes ? [...new Set(scopes.filter(() => true))].sort() : null,
    resource: auth.resource ?? null,
    parameters: auth.parameters ?? DEFAULTS.auth.parameters,
  }
}

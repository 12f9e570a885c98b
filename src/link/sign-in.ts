// How the gateway signs in to a server, with every default filled in.
// In: the authored `auth` of a server, and the folder of each of its members.
// Out: the same as the runtime reads it.
// INVARIANT: no secret, only references, relative to the root config.

import { DEFAULTS } from '../contract/defaults.ts'
import type { SecretConfig } from '../contract/program.ts'
import type {
  ClientCredentialsConfig,
  OAuthConfig,
  SignInConfig,
} from '../contract/sign-in.ts'
import type {
  ClientCredentials,
  OAuth,
  OAuthClient,
  ProvenClient,
  SignInSettings,
} from '../contract/table.ts'
import { relocateSecret } from './paths.ts'

/** The folder of the file that names the secret or the key. */
type FolderOf = (member: 'secret' | 'key') => string

export function linkSignIn(
  auth: SignInConfig,
  folderOf: FolderOf,
): SignInSettings {
  return auth.type === 'oauth'
    ? linkOAuth(auth, folderOf)
    : linkClientCredentials(auth, folderOf)
}

function linkOAuth(auth: OAuthConfig, folderOf: FolderOf): OAuth {
  const { authorizationEndpoint = null, client, tokenIn = null } = auth
  return {
    type: auth.type,
    as: auth.as,
    via: auth.via ?? null,
    ...linkRequest(auth),
    authorizationEndpoint,
    client: client ? linkClient(client, folderOf) : null,
    tokenIn,
  }
}

function linkClientCredentials(
  auth: ClientCredentialsConfig,
  folderOf: FolderOf,
): ClientCredentials {
  const client = linkClient(auth.client, folderOf)
  return { type: auth.type, ...linkRequest(auth), client }
}

/** What both kinds say about the request of a token. */
function linkRequest(auth: SignInConfig) {
  const { issuer = null, tokenEndpoint = null, scopes } = auth
  return {
    issuer,
    tokenEndpoint,
    // Their order has no meaning; holes are of faulty ones.
    scopes: scopes ? [...new Set(scopes.filter(() => true))].sort() : null,
    resource: auth.resource ?? null,
    parameters: auth.parameters ?? DEFAULTS.auth.parameters,
  }
}

export function linkClient(
  client: ClientCredentialsConfig['client'],
  folderOf: FolderOf,
): ProvenClient
export function linkClient(
  client: NonNullable<OAuthConfig['client']>,
  folderOf: FolderOf,
): OAuthClient
export function linkClient(
  { id, secret, key }: NonNullable<OAuthConfig['client']>,
  folderOf: FolderOf,
): OAuthClient {
  const refer = (ref: SecretConfig, member: 'secret' | 'key') => ({
    secret: relocateSecret(ref, folderOf(member)),
  })
  if (secret) return { id, secret: refer(secret.secret, 'secret') }
  return key ? { id, key: refer(key.secret, 'key') } : { id }
}

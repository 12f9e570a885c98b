// The features of oidc-provider that are on.
// In: the parts of its configuration. Out: its `features`.
// INVARIANT: a feature that is on by itself and not wanted is turned off here.

import { randomBytes } from 'node:crypto'
import type { Client, Context } from 'oidc-provider/lib/provider.js'
import type { OidcParts } from './oidc-config.ts'
import { listScopes } from './paths.ts'

type Errors = typeof import('oidc-provider/lib/helpers/errors.js')

const OFF = Object.freeze({ enabled: false })

/** Seconds for which a document counts, whatever its headers say. */
const DOCUMENT_S = Object.freeze({ min: 60, max: 3_600 })

export function makeOidcFeatures(parts: OidcParts, errors: Errors): object {
  const { resource, server } = parts
  const life = Math.ceil(server.accessToken / 1_000)
  return {
    devInteractions: OFF,
    userinfo: OFF,
    rpInitiatedLogout: OFF,
    pushedAuthorizationRequests: OFF,
    dPoP: OFF,
    introspection: OFF,
    claimsParameter: OFF,
    revocation: {
      enabled: true,
      allowedPolicy: (
        _: Context,
        { clientId }: Client,
        token: { readonly clientId: string },
      ) => token.clientId === clientId,
    },
    registration: {
      enabled: server.registration === 'any',
      issueRegistrationAccessToken: false,
      idFactory: (context: Context) => {
        parts.judgeRegistration(context)
        return randomBytes(16).toString('base64url')
      },
      secretFactory: () => randomBytes(32).toString('base64url'),
    },
    clientIdMetadataDocument: {
      enabled: true,
      ack: 'draft-02',
      allowFetch: async (context: Context) => parts.mayFetch(context),
      allowClient: async () => true,
      cacheDuration: DOCUMENT_S,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: (_: Context, wanted: string) => {
        if (wanted !== resource) {
          throw new errors.InvalidTarget(
            `tokens of this server are for ${resource} only`,
          )
        }
        return {
          scope: listScopes(parts.login).join(' '),
          audience: resource,
          accessTokenTTL: life,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }
      },
    },
  }
}

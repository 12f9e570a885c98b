// A gateway with an authorization server of its own before a company's provider.
// In: what of the login is other than usual. Out: the gateway, the provider.

import type { Test } from 'tap'
import { CLIENT_ID, type Identities, startIdentities } from './identities.ts'
import { type LoginSceneOptions, serveLogin } from './scene.ts'

export interface ServerSceneOptions extends Omit<LoginSceneOptions, 'company'> {
  readonly server?: object
  readonly identities?: Identities
}

export async function serveLoginServer(
  t: Pick<Test, 'teardown'>,
  { server = {}, login = {}, ...options }: ServerSceneOptions = {},
) {
  process.env.CANARY_CLIENT_SECRET =
    'canary-secret-of-the-gateway-at-the-provider'
  const identities = options.identities ?? (await startIdentities())
  if (!options.identities) t.teardown(() => identities.close())
  const scene = await serveLogin(t, {
    ...options,
    // Of a provider, the gateway needs its issuer alone.
    company: identities as never,
    login: {
      server: {
        client: {
          id: CLIENT_ID,
          secret: { secret: 'env:CANARY_CLIENT_SECRET' },
        },
        scopes: ['openid', 'email', 'groups', 'offline_access'],
        parameters: { prompt: 'consent' },
        ...server,
      },
      ...login,
    },
  })
  identities.register(scene.origin)
  return { ...scene, identities }
}

export type ServerScene = Awaited<ReturnType<typeof serveLoginServer>>

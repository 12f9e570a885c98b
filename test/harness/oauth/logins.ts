// A real authorization server on which people sign in in a browser: pages for
// name and consent, registration, rotating refresh tokens, revocation.
// In: nothing. Out: its issuer, what it was asked, and its faults.

import {
  createServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Fault, makeKey } from './authorization-server.ts'

export interface Logins {
  readonly issuer: string
  /** Public half of the key that signs its tokens. */
  readonly jwk: object
  /** Paths of all requests, with their queries. */
  readonly paths: string[]
  /** How the next requests are answered; `undefined`: by the provider. */
  fault: Fault
  /** Whether browsers are kept from going back; where they would have gone. */
  holds: boolean
  readonly held: string[]
  /** As if there were no fault. */
  readonly answer: RequestListener
  close(): Promise<void>
}

interface Provider {
  callback(): RequestListener
}

export async function startLogins(): Promise<Logins> {
  const key = makeKey('people')
  const name: string = 'oidc-provider'
  const { Provider } = (await import(name)) as {
    Provider: new (issuer: string, config: object) => Provider
  }
  let answer: RequestListener = () => {}
  const server = createServer((request, response) => {
    one.paths.push(request.url ?? '')
    if (one.holds) hold(one, response)
    ;(one.fault ?? answer)(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  // Another site than the gateway, as in life.
  const issuer = `http://localhost:${port}`
  answer = new Provider(issuer, configure(key.privateJwk)).callback()
  const one: Logins = {
    issuer,
    jwk: key.publicJwk,
    paths: [],
    fault: undefined,
    holds: false,
    held: [],
    answer,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return one
}

/** Sends a browser that would go back to a page without anything. */
function hold({ issuer, held }: Logins, response: ServerResponse): void {
  const set = response.setHeader.bind(response)
  response.setHeader = (name, value) => {
    const isBack =
      /^location$/i.test(name) && /\/callback\?/.test(String(value))
    if (isBack) held.push(String(value))
    return set(name, isBack ? `${issuer}/held` : value)
  }
}

function configure(key: object): object {
  return {
    jwks: { keys: [key] },
    scopes: ['read', 'write', 'offline_access'],
    cookies: { keys: ['of a test'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    pkce: { required: () => true },
    issueRefreshToken: () => true,
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:nothing',
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'read write',
          audience: resource,
          accessTokenTTL: 3_600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

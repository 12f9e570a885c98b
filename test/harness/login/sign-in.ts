// An MCP client of an SDK that signs in by OAuth, with a browser without a
// screen.
// In: the kind of client, an endpoint. Out: a connected client, and what it did.

import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { browse } from '../oauth/interactions.ts'

type Kind = 'sdk 1.x' | 'sdk 2.x legacy' | 'sdk 2.x modern'

const REDIRECT = 'http://127.0.0.1:9/callback'

export interface SignedIn {
  readonly client: Pick<Client, 'listTools' | 'callTool' | 'close'>
  readonly provider: ClientState
}

/** What a client keeps between its steps. */
export class ClientState {
  readonly redirectUrl = REDIRECT
  /** Where people were sent. */
  readonly sent: URL[] = []
  #tokens: unknown
  #client: unknown
  #verifier = ''

  get clientMetadata() {
    return {
      client_name: 'a client of a test',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }
  }

  clientInformation() {
    return this.#client
  }

  saveClientInformation(client: unknown) {
    this.#client = client
  }

  tokens() {
    return this.#tokens
  }

  saveTokens(tokens: unknown) {
    this.#tokens = tokens
  }

  redirectToAuthorization(url: URL) {
    this.sent.push(url)
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }

  codeVerifier() {
    return this.#verifier
  }
}

interface Transport {
  finishAuth(parameters: URLSearchParams | string): Promise<void>
}

/** Connects, is sent to sign in, comes back, and connects again. */
export async function signInBy(kind: Kind, url: string): Promise<SignedIn> {
  const provider = new ClientState()
  const make = await load(kind)
  const first = make(url, provider)
  const failed = await first.connect().then(
    () => undefined,
    (error: Error) => error,
  )
  const [at] = provider.sent
  if (!at) throw failed ?? new Error('nobody was asked to sign in')
  const back = (await browse(at, REDIRECT)).searchParams
  await first.transport.finishAuth(
    kind === 'sdk 1.x' ? (back.get('code') ?? '') : back,
  )
  const second = make(url, provider)
  await second.connect()
  return { client: second.client, provider }
}

async function load(kind: Kind) {
  const info = { name: kind, version: '1.0.0' }
  if (kind === 'sdk 1.x') {
    const [{ Client }, { StreamableHTTPClientTransport }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    ])
    return (url: string, provider: ClientState) => {
      const client = new Client(info)
      const options = { authProvider: provider } as never
      const one = new StreamableHTTPClientTransport(new URL(url), options)
      const connect = () => client.connect(one as never)
      return { client, transport: one as unknown as Transport, connect }
    }
  }
  const { Client, StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/client'
  )
  const mode = kind === 'sdk 2.x modern' ? 'auto' : 'legacy'
  return (url: string, provider: ClientState) => {
    const client = new Client(info, { versionNegotiation: { mode } })
    const options = { authProvider: provider } as never
    const one = new StreamableHTTPClientTransport(new URL(url), options)
    const connect = () => client.connect(one)
    return {
      client: client as unknown as SignedIn['client'],
      transport: one as unknown as Transport,
      connect,
    }
  }
}

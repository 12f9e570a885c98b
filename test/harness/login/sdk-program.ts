// A program with an SDK of MCP that signs in at the gateway's authorization
// server.
// In: the address of the endpoint. Out: its client, what it keeps, its browser.

import { allow, LOCAL, type Tokens, Visitor } from './oauth-client.ts'

/** A program with an SDK: what it keeps, and the browser that it opens. */
export class Program {
  readonly redirectUrl = LOCAL
  readonly clientMetadata = {
    client_name: 'A program with an SDK',
    redirect_uris: [LOCAL],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  }
  client: unknown
  kept: Tokens | undefined
  asked = 0
  readonly #visitor = new Visitor()
  #verifier = ''
  #address = new URL('about:blank')

  clientInformation() {
    return this.client as never
  }

  saveClientInformation(client: unknown) {
    this.client = client
  }

  tokens() {
    return this.kept
  }

  saveTokens(tokens: unknown) {
    this.kept = tokens as Tokens
  }

  redirectToAuthorization(url: URL) {
    this.asked++
    this.#address = url
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }

  codeVerifier() {
    return this.#verifier
  }

  /** What the browser brings back. */
  async walk(): Promise<URLSearchParams> {
    return (await allow(this.#visitor, { url: this.#address })).searchParams
  }
}

export interface Sdk {
  readonly client: {
    connect(transport: never): Promise<void>
    callTool(call: { name: string }): Promise<unknown>
    close(): Promise<void>
  }
  finish(params: URLSearchParams): Promise<void>
}

export async function openSdk(version: 1 | 2, at: string, program: Program) {
  const url = new URL(at)
  const info = { name: 'a program', version: '1.0.0' }
  const authProvider = program as never
  if (version === 1) {
    const [{ Client }, { StreamableHTTPClientTransport }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    ])
    const transport = new StreamableHTTPClientTransport(url, { authProvider })
    const finish = (params: URLSearchParams) =>
      transport.finishAuth(params.get('code') ?? '')
    return { client: new Client(info), transport, finish }
  }
  const { Client, StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/client'
  )
  const transport = new StreamableHTTPClientTransport(url, { authProvider })
  const finish = (params: URLSearchParams) => transport.finishAuth(params)
  return { client: new Client(info), transport, finish }
}

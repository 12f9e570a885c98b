// A real MCP server behind access tokens: JWTs of one authorization server.
// In: the issuer and its key. Out: its URL, the tokens that it got, and how it
// refuses.

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { importJWK, jwtVerify } from 'jose'
import { startHttpServer } from '../http-server.ts'
import type { AuthorizationServer } from './authorization-server.ts'

export interface ProtectedServer {
  readonly url: string
  /** Values of `authorization` that were accepted, and refused. */
  readonly accepted: string[]
  readonly refused: string[]
  /** Tokens that it takes no more. */
  readonly revoked: Set<string>
  readonly calls: string[]
  /** Scopes that calls need. */
  needs: readonly string[]
  /** What it says of itself; undefined: 404. */
  metadata: unknown
  /** It answers calls with an error that repeats what it was sent. */
  repeats: boolean
  /** Called with the token and the whole body of each accepted request. */
  heard: ((token: string, body: string) => void) | undefined
  /** The challenge of a refusal. */
  challenge: (error: string) => string
  close(): Promise<void>
}

interface Inner {
  readonly url: string
  readonly calls?: string[]
  close(): Promise<void>
}

export async function startProtectedServer(
  { issuer, jwk }: Pick<AuthorizationServer, 'issuer' | 'jwk'>,
  start: () => Promise<Inner> = startHttpServer,
): Promise<ProtectedServer> {
  const inner = await start()
  const { pathname } = new URL(inner.url)
  const key = await importJWK(jwk, 'ES256')
  const judge = async (token: string): Promise<string | undefined> => {
    if (token === '') return ''
    if (one.revoked.has(token)) return 'invalid_token'
    try {
      const { payload } = await jwtVerify(token.replace('Bearer ', ''), key, {
        issuer,
        audience: one.url,
      })
      const scopes = String(payload.scope ?? '').split(' ')
      const has = one.needs.every((scope) => scopes.includes(scope))
      return has ? undefined : 'insufficient_scope'
    } catch {
      return 'invalid_token'
    }
  }
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/.well-known/')) {
      return tell(response, request.url.endsWith(pathname) && one.metadata)
    }
    const token = request.headers.authorization ?? ''
    const error = await judge(token)
    if (error === undefined) {
      one.accepted.push(token)
      if (one.heard) listen(request, (body) => one.heard?.(token, body))
      if (one.repeats) return repeat(request, response)
      return forward(new URL(request.url ?? '', inner.url), request, response)
    }
    one.refused.push(token)
    const status = error === 'insufficient_scope' ? 403 : 401
    const challenge = one.challenge(error)
    response.writeHead(status, { 'www-authenticate': challenge }).end()
    request.resume()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const one: ProtectedServer = {
    url: origin + pathname,
    accepted: [],
    refused: [],
    revoked: new Set(),
    calls: inner.calls ?? [],
    needs: [],
    repeats: false,
    heard: undefined,
    metadata: {
      resource: origin + pathname,
      authorization_servers: [issuer],
      scopes_supported: ['read'],
    },
    challenge: (error) => {
      const at = `${origin}/.well-known/oauth-protected-resource${pathname}`
      const own = error ? `error="${error}", ` : ''
      const scope =
        one.needs.length > 0 ? `scope="${one.needs.join(' ')}", ` : ''
      return `Bearer ${own}${scope}resource_metadata="${at}"`
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await inner.close()
    },
  }
  return one
}

function listen(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => done(Buffer.concat(chunks).toString()))
}

async function repeat(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { id } = JSON.parse(Buffer.concat(chunks).toString())
  const text = `you sent ${request.headers.authorization}`
  const result = { isError: true, content: [{ type: 'text', text }] }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
}

function tell(response: ServerResponse, metadata: unknown): void {
  if (!metadata) return void response.writeHead(404).end()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(metadata))
}

function forward(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method, headers } = request
  const sent = send(url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  sent.on('error', () => response.destroy())
  response.on('close', () => sent.destroy())
  request.pipe(sent)
}

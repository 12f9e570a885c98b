// A protected server of the trial: it holds each call against the person in the
// token.
// In: the issuer and its key. Out: its address; calls under another's identity.
// INVARIANT: whoever calls says in an argument who they are.

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { jwtVerify } from 'jose'
import { lockOffer } from '../../../src/table/lock.ts'
import type { Owner } from '../process.ts'
import type { TrialProvider } from './provider.ts'

export interface TrialServer {
  readonly url: string
  /** Calls that ran. */
  calls: number
  /** Calls that came with the token of somebody else. */
  readonly crossed: string[]
  /** Whose tokens calls came with, in order. */
  readonly seen: string[]
  /** Of whom it takes no token. */
  refuses: string | undefined
  /** Calls are answered after it. */
  gate: Promise<void>
}

const MOST_SEEN = 1_000

const TOOL = { name: 'whoami', inputSchema: { type: 'object' } }

/** As a reviewer has it, before anybody has signed in. */
export const LOCK = lockOffer({
  protocolVersion: '2025-11-25',
  serverInfo: { name: 'trial', version: '1' },
  tools: [TOOL],
  prompts: [],
  resourceTemplates: [],
})

const RESOURCE = '/.well-known/oauth-protected-resource'

/** Who gives the tokens. */
export interface Issuer {
  readonly issuer: string
  readonly key: TrialProvider['key']
  readonly books?: Pick<TrialProvider['books'], 'used'>
}

export async function startTrialServer(
  owner: Owner,
  provider: Issuer,
  era: 'legacy' | 'modern',
): Promise<TrialServer> {
  const server = createServer((request, response) => {
    answer(one, provider, era, request, response).catch(() =>
      response.destroy(),
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  owner.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/mcp`
  const gate = Promise.resolve()
  const refuses = undefined
  const one: TrialServer = {
    url,
    calls: 0,
    crossed: [],
    seen: [],
    refuses,
    gate,
  }
  return one
}

async function answer(
  one: TrialServer,
  { issuer, key, books }: Issuer,
  era: 'legacy' | 'modern',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (request.url?.startsWith(RESOURCE)) {
    const scopes = { scopes_supported: ['read'] }
    const own = { resource: one.url, authorization_servers: [issuer] }
    return tell(response, { ...own, ...scopes })
  }
  if (request.method !== 'POST') return void response.writeHead(405).end()
  const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
  books?.used(token)
  const sub = await judge(token, key, issuer, one.url)
  if (sub === undefined || sub === one.refuses) {
    const at = one.url.replace('/mcp', `${RESOURCE}/mcp`)
    const challenge = `Bearer error="invalid_token", resource_metadata="${at}"`
    return void response.writeHead(401, { 'www-authenticate': challenge }).end()
  }
  const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString())
  if (id === undefined) return void response.writeHead(202).end()
  const said = method === 'tools/call' ? call(one, sub, params) : undefined
  if (said) await one.gate
  const result = said ?? RESULTS[era][method]
  const error = { code: -32601, message: 'Method not found' }
  const status = result || era === 'legacy' ? 200 : 404
  tell(
    response,
    { jsonrpc: '2.0', id, ...(result ? { result } : { error }) },
    status,
  )
}

async function judge(
  token: string,
  key: TrialProvider['key'],
  issuer: string,
  audience: string,
): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, { issuer, audience })
    return payload.sub
  } catch {
    return undefined
  }
}

function call(
  one: TrialServer,
  sub: string,
  { arguments: { who, n } }: { arguments: { who: string; n: number } },
): object {
  one.calls++
  one.seen.push(sub)
  if (one.seen.length > MOST_SEEN) one.seen.shift()
  if (who !== sub) one.crossed.push(`${who} called as ${sub}`)
  const content = [{ type: 'text', text: `${sub} ${n}` }]
  return { content, resultType: 'complete' }
}

function tell(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

const FRESH = { ttlMs: 0, cacheScope: 'private', resultType: 'complete' }

const TOOLS = { tools: [TOOL], ...FRESH }

const RESULTS: Readonly<
  Record<'legacy' | 'modern', Readonly<Record<string, object>>>
> = {
  legacy: {
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'trial', version: '1' },
    },
    'tools/list': TOOLS,
    ping: {},
  },
  modern: {
    'server/discover': {
      ...FRESH,
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
    },
    'tools/list': TOOLS,
  },
}

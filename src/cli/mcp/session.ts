// A session with an MCP endpoint, as clients open one to list tools.
// In: an endpoint, what the client calls itself. Out: the tools, or a failure.
// INVARIANT: the session is ended in every case.

import type { Answer, Endpoint, Message } from './post.ts'
import { post } from './post.ts'

export interface AsClient {
  readonly name: string
  readonly version: string
  /** The protocol version that it asks for. */
  readonly protocol: string
}

export interface ListedTool {
  readonly name: string
  readonly inputSchema?: unknown
}

export type Listing =
  | { readonly protocol: string; readonly tools: readonly ListedTool[] }
  /** An answer that is no result. */
  | { readonly refused: Answer }

const TIMEOUT_MS = 30_000
const MAX_PAGES = 1_000

export async function listTools(
  endpoint: Endpoint,
  { name, version, protocol }: AsClient,
): Promise<Listing> {
  let id = 0
  const ask = (
    method: string,
    params: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const message: Message = { jsonrpc: '2.0', id: ++id, method, params }
    return post(endpoint, message, { headers, timeoutMs: TIMEOUT_MS })
  }
  const first = await ask('initialize', {
    protocolVersion: protocol,
    capabilities: {},
    clientInfo: { name, version },
  })
  const agreed = resultOf(first)?.protocolVersion
  if (typeof agreed !== 'string') return { refused: first }
  const session = String(first.headers['mcp-session-id'] ?? '')
  const headers = {
    'mcp-protocol-version': agreed,
    ...(session === '' ? {} : { 'mcp-session-id': session }),
  }
  try {
    const ready: Message = {
      jsonrpc: '2.0',
      method: 'notifications/initialized',
    }
    await post(endpoint, ready, { headers, timeoutMs: TIMEOUT_MS })
    const tools: ListedTool[] = []
    let cursor: unknown
    for (let page = 0; page < MAX_PAGES; page++) {
      const params = cursor === undefined ? {} : { cursor }
      const answer = await ask('tools/list', params, headers)
      const listed = resultOf(answer)
      if (!Array.isArray(listed?.tools)) return { refused: answer }
      tools.push(...(listed.tools as readonly ListedTool[]))
      cursor = listed.nextCursor
      if (cursor === undefined) break
    }
    return { protocol: agreed, tools }
  } finally {
    if (session !== '') await end(endpoint, headers)
  }
}

function resultOf({
  message,
}: Answer): Readonly<Record<string, unknown>> | undefined {
  const { result } = message ?? {}
  return typeof result === 'object' && result !== null
    ? (result as Readonly<Record<string, unknown>>)
    : undefined
}

async function end(
  { url, token }: Endpoint,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { request } = await import('undici')
  const ended = await request(url, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => undefined)
  await ended?.body.dump().catch(() => {})
}

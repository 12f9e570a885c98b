// What a server answers that has nothing odd: a session or none, one tool that
// repeats its arguments, empty lists.
// In: a server as data, one request. Out: the reply, and what of it goes on
// the wire.

import type { OddReply, OddServer } from '../../wild/case.ts'

const ECHO = { name: 'echo', inputSchema: { type: 'object' } }

const CAPABILITIES = { tools: {}, resources: {}, prompts: {}, logging: {} }

type Params = Readonly<Record<string, unknown>> | undefined

/** The plain reply; an empty one to a notification or an answer. */
export function answerPlainly(
  server: OddServer,
  method: string | undefined,
  params: Params,
): OddReply {
  if (method === undefined || method.startsWith('notifications/')) return {}
  const modern = server.era === 'modern'
  const own = modern ? listModern(server) : listLegacy(server, params)
  const lists: Readonly<Record<string, object>> = {
    'tools/list': { tools: server.tools ?? [ECHO] },
    'resources/list': { resources: [] },
    'resources/templates/list': { resourceTemplates: [] },
    'prompts/list': { prompts: [] },
    'tools/call': {
      content: [{ type: 'text', text: JSON.stringify(params?.arguments) }],
    },
    ...own,
  }
  const result = lists[method]
  const message = 'Method not found'
  if (!result) {
    const status = modern ? 404 : 200
    return { status, error: { code: -32601, message } }
  }
  return { result: modern ? { ...COMPLETE, ...result } : result }
}

const COMPLETE = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }

function listModern({ capabilities = CAPABILITIES }: OddServer) {
  const supportedVersions = ['2026-07-28']
  return { 'server/discover': { supportedVersions, capabilities } }
}

function listLegacy(
  { capabilities = CAPABILITIES }: OddServer,
  params: Params,
) {
  const serverInfo = { name: 'odd', version: '1' }
  const protocolVersion = params?.protocolVersion
  const initialize = { protocolVersion, capabilities, serverInfo }
  return { initialize, ping: {}, 'logging/setLevel': {} }
}

/** The text of a reply, undefined for none. */
export function writeReply(
  { body, result, error, message }: OddReply,
  id: unknown,
): string | Buffer | undefined {
  if (typeof body === 'string') return fillId(body, id)
  if (body !== undefined) return body
  if (message !== undefined) {
    return fillId(JSON.stringify(message).replaceAll('"$id"', '$id'), id)
  }
  if (result === undefined && error === undefined) return undefined
  return JSON.stringify({ jsonrpc: '2.0', id, result, error })
}

export const fillId = (text: string, id: unknown) =>
  text.replaceAll('$id', () => JSON.stringify(id) ?? 'null')

/** The reply that a list has for its nth request. */
export function pickReply(
  answer: OddReply | readonly OddReply[],
  count: number,
): OddReply | undefined {
  if (!isList(answer)) return answer
  return answer[Math.min(count, answer.length) - 1]
}

const isList = (answer: unknown): answer is readonly OddReply[] =>
  Array.isArray(answer)

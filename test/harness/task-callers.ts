// A gateway before servers that run tasks, and clients of both eras on the bare
// wire, which keep every byte that they get.
// In: a test, servers. Out: endpoint, tokens, clients.

import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { openEvents, type WireStream } from './events.ts'
import { type Issued, issue, serveConfig } from './served.ts'
import { until } from './until.ts'
import { ENVELOPE, modernHeaders, readMessage, send } from './wire.ts'

export const EXTENSION = 'io.modelcontextprotocol/tasks'
export const RELATED = 'io.modelcontextprotocol/related-task'

const ROLES = { all: { allow: { it: ['*'] } } }

/** `servers` has `it`; `key` to share it with another gateway. */
export async function serveTasks(
  t: Test,
  servers: Readonly<Record<string, object>>,
  more: object = {},
  issued: readonly Issued[] = [
    issue({ subject: 'ada', roles: ['all'] }),
    issue({ subject: 'bob', roles: ['all'] }),
  ],
  key = randomBytes(32).toString('base64url'),
) {
  const [ada, bob] = issued as [Issued, Issued]
  const config = { servers, roles: ROLES, ...more }
  const files = { 'gateway.key': `${key}\n` }
  const served = await serveConfig(t, config, issued, undefined, files)
  return { ...served, url: served.gateway.url, config, ada, bob, key }
}

export type Params = Readonly<Record<string, unknown>>

export interface Reply {
  readonly status: number
  readonly body: string
  readonly result: Readonly<Record<string, unknown>>
  readonly error: Readonly<Record<string, unknown>> | undefined
}

export interface Asking {
  /** Its Mcp-Name, when that is not what the params name. */
  readonly header?: string
  /** Does not say that it knows tasks. */
  readonly plain?: boolean
}

/** A modern client. */
export interface ModernCaller {
  ask(method: string, params: Params, asking?: Asking): Promise<Reply>
  /** Asks, and may go before there is an answer. */
  begin(method: string, params: Params): AbortController
  /** Asks of a task until it is as wanted. */
  poll(taskId: unknown, status: string): Promise<Reply>
  /** A stream of what happens to tasks. */
  listen(taskIds: readonly unknown[], asking?: Asking): Promise<WireStream>
  /** All that it got. */
  got(): string
}

export function callAs(url: string, token: string): ModernCaller {
  const bodies: string[] = []
  const streams: WireStream[] = []
  const build = (method: string, params: Params, asking: Asking = {}) => {
    const capabilities = {
      elicitation: { form: {} },
      ...(!asking.plain && { extensions: { [EXTENSION]: {} } }),
    }
    const key = 'io.modelcontextprotocol/clientCapabilities'
    const _meta = { ...ENVELOPE, [key]: capabilities }
    const named = asking.header ?? params.name ?? params.taskId
    const whole = { ...params, _meta }
    const message = { jsonrpc: '2.0', id: 'q', method, params: whole }
    return {
      method: 'POST',
      headers: modernHeaders(token, method, named as string | undefined),
      body: JSON.stringify(message),
    }
  }
  const ask: ModernCaller['ask'] = async (method, params, asking) => {
    const { status, body } = await send(url, build(method, params, asking))
    bodies.push(body)
    const { result = {}, error } = readMessage(body)
    return { status, body, result, error }
  }
  return {
    ask,
    begin: (method, params) => {
      const gone = new AbortController()
      const request = build(method, params)
      fetch(url, { ...request, signal: gone.signal }).catch(() => {})
      return gone
    },
    poll: async (taskId, status) => {
      let last = await ask('tasks/get', { taskId })
      await until(async () => {
        if (last.error || last.result.status === status) return true
        last = await ask('tasks/get', { taskId })
        return false
      }, status)
      return last
    },
    listen: async (taskIds, asking) => {
      const params = { notifications: { taskIds } }
      const request = build('subscriptions/listen', params, asking)
      const stream = await openEvents(url, request)
      streams.push(stream)
      return stream
    },
    got: () => [...bodies, ...streams.map(({ text }) => text())].join('\n'),
  }
}

/** A session of a legacy client, with its GET stream. */
export interface LegacyCaller {
  readonly capabilities: Readonly<Record<string, unknown>>
  /** Asks and waits for the answer. */
  ask(method: string, params: Params): Promise<Reply>
  /** Sends a message; its stream. */
  post(message: object): Promise<WireStream>
  /** All messages so far, on any of its streams. */
  heard(): readonly Message[]
  got(): string
}

export interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, unknown>>
}

export async function openAs(
  t: Test,
  url: string,
  token: string,
): Promise<LegacyCaller> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const streams: WireStream[] = []
  const open = async (request: Parameters<typeof openEvents>[1]) => {
    const stream = await openEvents(url, request)
    streams.push(stream)
    return stream
  }
  const write = (message: object) =>
    JSON.stringify({ jsonrpc: '2.0', ...message })
  const version = '2025-11-25'
  const begun = await open({
    method: 'POST',
    headers,
    body: write({
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: version,
        capabilities: { elicitation: { form: {} } },
        clientInfo: { name: 'wire', version: '1' },
      },
    }),
  })
  await until(() => begun.ended() !== undefined, 'initialize')
  const [handshake] = readMessages(begun)
  const own = {
    ...headers,
    'mcp-session-id': String(begun.headers['mcp-session-id']),
    'mcp-protocol-version': version,
  }
  const post = (message: object) =>
    open({ method: 'POST', headers: own, body: write(message) })
  await post({ method: 'notifications/initialized' })
  await open({ headers: own })
  t.teardown(() => {
    for (const stream of streams) stream.cut()
  })
  let id = 0
  return {
    capabilities: Object(handshake?.result?.capabilities),
    post,
    ask: async (method, params) => {
      const mine = ++id
      const stream = await post({ id: mine, method, params })
      await until(() => stream.ended() !== undefined, method)
      const body = stream.text()
      const message = readMessages(stream).find(
        (one) => one.id === mine && !one.method,
      )
      const { result = {}, error } = Object(message)
      return { status: stream.status, body, result, error }
    },
    heard: () => streams.flatMap(readMessages),
    got: () => streams.map(({ text }) => text()).join('\n'),
  }
}

/** Of a stream, or of an answer that is none. */
function readMessages(stream: WireStream): readonly Message[] {
  const type = stream.headers['content-type'] ?? ''
  if (type.startsWith('text/event-stream')) {
    return stream.events().flatMap(({ data }) => (data ? [data] : []))
  }
  if (!type.startsWith('application/json')) return []
  return stream.ended() === 'end' ? [JSON.parse(stream.text())] : []
}

// A gateway before a server whose calls last until the test answers them.
// In: a test. Out: legacy sessions on it, and the calls as they reach the
// server.

import type { ServerResponse } from 'node:http'
import type { Test } from 'tap'
import type { AuditRecord } from '../../src/contract/audit.ts'
import type { Clock } from '../../src/runtime/base/clock.ts'
import { openEvents } from './events.ts'
import { type RawCall, startRawServer } from './raw-server.ts'
import { issue, serveConfig } from './served.ts'
import { until } from './until.ts'
import { send } from './wire.ts'

export interface HeldCall {
  readonly nonce: string
  progress(message: string): void
  /** Resolves when the kernel has everything so far. */
  sent(): Promise<void>
  answer(text: string): void
}

function hold(call: RawCall, response: ServerResponse): HeldCall {
  const { arguments: given, _meta } = call.params as unknown as {
    arguments: { nonce: string }
    _meta?: { progressToken: unknown }
  }
  const write = (message: object) =>
    response.write(
      `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`,
    )
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const progressToken = _meta?.progressToken
  const method = 'notifications/progress'
  let progress = 0
  return {
    nonce: given.nonce,
    progress: (message) => {
      write({
        method,
        params: { progressToken, progress: ++progress, message },
      })
    },
    sent: () =>
      new Promise((resolve) => response.write(':\n\n', () => resolve())),
    answer: (text) => {
      write({ id: call.id, result: { content: [{ type: 'text', text }] } })
      response.end()
    },
  }
}

export async function serveHeld(
  t: Test,
  more: object = {},
  clock?: Clock,
  settings: object = {},
) {
  const calls: HeldCall[] = []
  const server = await startRawServer(t, {
    slow: (call, response) => calls.push(hold(call, response)),
  })
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const other = issue({ subject: 'other', roles: ['all'] })
  const long = { timeout: '1h', idleTimeout: '1h', ...settings }
  const config = {
    servers: { raw: { type: 'http', url: server.url, ...long } },
    roles: { all: { allow: { raw: ['*'] } } },
    ...more,
  }
  const served = await serveConfig(t, config, [mine, other], clock)
  const { url } = served.gateway

  const open = async (protocolVersion = '2025-11-25', { token } = mine) => {
    const bare = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const initialize = await send(url, {
      headers: bare,
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: { protocolVersion, capabilities: {} },
      }),
    })
    const session = String(initialize.headers['mcp-session-id'])
    const headers = { ...bare, 'mcp-session-id': session }
    const post = (message: unknown) =>
      openEvents(url, {
        method: 'POST',
        headers,
        body: JSON.stringify(message),
      })
    let id = 1
    return {
      headers,
      post,
      get: (lastEventId?: string) =>
        openEvents(url, {
          headers: {
            ...headers,
            ...(lastEventId && { 'last-event-id': lastEventId }),
          },
        }),
      remove: () => send(url, { method: 'DELETE', headers }),
      /** A call whose stream has begun with a first progress. */
      start: async (nonce: string) => {
        const answer = post(writeCall(id++, nonce))
        const find = () => calls.find((call) => call.nonce === nonce)
        await until(() => find() !== undefined, nonce)
        const call = find() as HeldCall
        call.progress('first')
        const stream = await answer
        await until(() => stream.text().includes('"first"'), nonce)
        return { call, stream }
      },
    }
  }
  return { ...served, url, server, calls, config, mine, other, open }
}

export function writeCall(id: number, nonce: string) {
  return {
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {
      name: 'raw__slow',
      arguments: { nonce },
      _meta: { progressToken: id },
    },
  }
}

/** The ends of calls, as the audit has them. */
export function findOutcomes(
  records: readonly AuditRecord[],
): readonly AuditRecord[] {
  return records.filter(
    ({ method, event }) => method === 'tools/call' && event === 'outcome',
  )
}

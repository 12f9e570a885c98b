// A gateway in front of one server that counts its calls, and raw connections
// to it.
// In: a config beside them. Out: the gateway, tokens, what was seen.

import { connect } from 'node:net'
import type { Test } from 'tap'
import type { Clock } from '../../../src/runtime/base/clock.ts'
import { json, startRawServer } from '../raw-server.ts'
import { issue, serveConfig } from '../served.ts'
import { ENVELOPE, modernHeaders } from '../wire.ts'

export type Teardown = Pick<Test, 'teardown'>

/** One HTTP request as bytes; its length is written unless it is chunked. */
export function write(
  headers: Readonly<Record<string, string>>,
  body = '',
  line = 'POST /mcp',
): string {
  const all = {
    host: 'localhost',
    'content-length': `${body.length}`,
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`${line} HTTP/1.1`, ...lines, '', body].join('\r\n')
}

/** A call that the token may make, with `more` headers over the right ones. */
export function writeCall(
  token: string,
  more: Readonly<Record<string, string>> = {},
) {
  const params = { name: 'raw__work', arguments: {}, _meta: ENVELOPE }
  const headers = {
    ...modernHeaders(token, 'tools/call', 'raw__work'),
    ...more,
  }
  const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
  return write(headers, JSON.stringify(message))
}

/** Sends `first`, `then` once something was answered; all that came back. */
export function talk(
  url: string,
  first: string,
  then?: string,
): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({
      port: Number(port),
      host: hostname,
      allowHalfOpen: true,
    })
    socket.write(first)
    socket.on('data', (chunk) => {
      if (text === '' && then) socket.write(then)
      text += chunk.toString('latin1')
    })
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(text))
  })
}

/** A clock on which no interval passes. */
export const STILL: Clock = {
  now: () => Date.now(),
  monotonic: () => 1_000_000,
}

const CAPS = { request: 4_096 }

export async function open(t: Teardown, more: object = {}, clock?: Clock) {
  const server = await startRawServer(t, {
    work: ({ id }, response) => json(response, { id, result: { content: [] } }),
  })
  const good = issue({ subject: 'good', roles: ['all'] })
  const expired = issue({
    subject: 'late',
    roles: ['all'],
    created: '2020-01-01T00:00:00Z',
    expires: '2020-02-01T00:00:00Z',
  })
  const served = await serveConfig(
    t,
    {
      servers: { raw: { type: 'http', url: server.url } },
      roles: { all: { allow: { raw: ['*'] } } },
      caps: CAPS,
      ...more,
    },
    [good, expired],
    clock,
  )
  const calls = () =>
    server.methods.filter((one) => one === 'tools/call').length
  return { ...served, server, calls, good, expired, url: served.gateway.url }
}

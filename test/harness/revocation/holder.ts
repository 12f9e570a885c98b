// A holder of a token that has everything open that one can have.
// In: an endpoint, a token. Out: streams that know what came when it must not.
// INVARIANT: opens no more than four connections.

import { request } from 'node:http'
import { ENVELOPE, modernHeaders, post, send } from '../wire.ts'

export interface Holder {
  readonly id: string
  readonly streams: readonly Stream[]
  /** Names of its two calls, as the server knows them. */
  readonly nonces: readonly string[]
  /** Resolves at the first call that is refused. */
  refused(): Promise<void>
}

/** One answer that does not end by itself. */
export class Stream {
  readonly ended: Promise<unknown>
  /** From now on nothing may come. */
  dead = false
  after = 0
  #end = () => {}

  constructor() {
    this.ended = new Promise<void>((resolve) => {
      this.#end = resolve
    })
  }

  open(url: string, method: string, headers: object, body?: object) {
    return new Promise<void>((resolve, reject) => {
      const options = { method, headers: { ...headers }, agent: false }
      const outgoing = request(url, options, (incoming) => {
        const { statusCode } = incoming
        if (statusCode !== 200) reject(new Error(`${method} ${statusCode}`))
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          if (this.dead && /"(?:method|result)":/.test(chunk)) this.after++
          resolve()
        })
        incoming.on('error', () => {})
        incoming.on('close', () => this.#end())
      })
      outgoing.on('error', reject)
      outgoing.end(body && JSON.stringify({ jsonrpc: '2.0', ...body }))
    })
  }
}

const POLL_MS = 20

/** Both eras: a GET stream and a call of a session; a call and a listener
 * without one. */
export async function openHolder(
  url: string,
  id: string,
  token: string,
): Promise<Holder> {
  const nonces = [`${id}-legacy`, `${id}-modern`] as const
  const [get, legacy, modern, listen] = [
    new Stream(),
    new Stream(),
    new Stream(),
    new Stream(),
  ]
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const params = { protocolVersion: '2025-11-25', capabilities: {} }
  const hello = { jsonrpc: '2.0', id: 0, method: 'initialize', params }
  const body = JSON.stringify(hello)
  const opened = await send(url, { headers, body })
  const session = String(opened.headers['mcp-session-id'])
  const own = { ...headers, 'mcp-session-id': session }
  const call = (nonce: string, more: object = {}) => ({
    id: 1,
    method: 'tools/call',
    params: {
      name: 'raw__slow',
      arguments: { nonce },
      _meta: { ...more, progressToken: 'p' },
    },
  })
  const wants = { toolsListChanged: true }
  const listening = {
    id: 2,
    method: 'subscriptions/listen',
    params: { notifications: wants, _meta: ENVELOPE },
  }
  const headOf = (method: string, name?: string) => ({
    ...modernHeaders(token, method, name),
    accept: headers.accept,
  })
  await Promise.all([
    get.open(url, 'GET', own),
    legacy.open(url, 'POST', own, call(nonces[0])),
    modern.open(
      url,
      'POST',
      headOf('tools/call', 'raw__slow'),
      call(nonces[1], ENVELOPE),
    ),
    listen.open(url, 'POST', headOf('subscriptions/listen'), listening),
  ])
  return {
    id,
    streams: [get, legacy, modern, listen],
    nonces,
    refused: async () => {
      while ((await post(url, token, 'tools/list')).status !== 401) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
  }
}

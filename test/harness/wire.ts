// Raw requests to the endpoint, for what no client library would send.
// In: method, headers, bytes. Out: status, headers and body as they came.

import { type IncomingHttpHeaders, request } from 'node:http'
import { request as requestSecurely } from 'node:https'
import { connect } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

export interface WireAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface WireRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Buffer
  /** What a client of TLS trusts and shows, and whom it asks for. */
  readonly tls?: ConnectionOptions
}

export function send(
  url: string,
  { method = 'POST', headers = {}, body, tls }: WireRequest,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const open = url.startsWith('https:') ? requestSecurely : request
    const options = { method, headers, ...tls }
    const outgoing = open(url, options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const MODERN = '2026-07-28'

/** The `_meta` that every modern request carries. */
export const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
}

/** Headers of a modern request that agree with its body. */
export function modernHeaders(
  token: string,
  method: string,
  name?: string,
): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'mcp-protocol-version': MODERN,
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': name }),
  }
}

/** One modern request, well-formed; `header` is its Mcp-Name, when that is not
 * the plain name. */
export function post(
  url: string,
  token: string,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  header?: string,
): Promise<WireAnswer> {
  const whole = { ...params, _meta: ENVELOPE }
  const name = typeof params.name === 'string' ? params.name : undefined
  return send(url, {
    headers: modernHeaders(token, method, header ?? name),
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: whole }),
  })
}

/** The message of an answer: itself, or the last event of a stream, which any call
 * of more than five seconds gets. */
export function readMessage(body: string) {
  if (!/^(:|id:|event:|data:|retry:)/.test(body)) return JSON.parse(body)
  const last = body.split('\n\n').findLast((one) => /^data: ./m.test(one))
  const lines = last?.match(/^data: .*$/gm)
  if (!lines) throw new Error(`no answer: ${body.slice(0, 200)}`)
  return JSON.parse(lines.map((line) => line.slice('data: '.length)).join('\n'))
}

/** Sends bytes as they are and returns all that comes back until the other
 * side closes, or `ms` pass. */
export function sendRaw(
  url: string,
  bytes: string | Buffer,
  ms = 15_000,
): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), ms)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
  })
}

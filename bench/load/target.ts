// What the generator calls, and the handshake that comes first.
// In: a port, an era, tokens. Out: a Target: heads of requests, names of tools.
// INVARIANT: what is the same in each request of a connection is written once.

import { type Era, SHAPES } from '../cases.ts'
import { readHeader, type WireMessage } from '../wire.ts'
import { Line, type Request } from './line.ts'

export const VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' } as const

export interface TargetAt {
  readonly name: string
  readonly port: number
  readonly path: string
  /** The connections use them in turn. */
  readonly tokens: readonly string[]
  readonly era: Era
  /** A plain file, which nothing is negotiated with. */
  readonly isFile?: boolean
}

export interface Target extends TargetAt {
  /** By token: up to the value of Content-Length, but for the headers of a
   * method. */
  readonly heads: readonly string[]
  /** By the name that the upstream has for them. */
  readonly tools: ReadonlyMap<string, string>
  /** As they came. */
  readonly list: string
}

/** Of a server that knows no tokens: as long as ours. */
const NO_TOKEN = 'x'.repeat(66)

/** The list of a thousand tools is no longer. */
const LIST_BYTES = 64 * 1024 * 1024

let nextId = 1

/** Never the same twice. */
export function takeId(): number {
  return nextId++
}

export async function negotiate(at: TargetAt): Promise<Target> {
  const { port, path, tokens, isFile } = at
  if (isFile) {
    const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
    return { ...at, heads: [head], tools: new Map(), list: '' }
  }
  const line = new Line(port, LIST_BYTES)
  await line.opened()
  const heads: string[] = []
  for (const token of tokens.length > 0 ? tokens : [NO_TOKEN]) {
    heads.push(await introduce(line, at, token))
  }
  const target: Target = { ...at, heads, tools: new Map(), list: '' }
  const list = await exchange(line, target, 200, 'tools/list', {})
  line.close()
  const { result } = JSON.parse(list.text) as {
    result: { tools: { name: string }[] }
  }
  return { ...target, list: list.text, tools: nameTools(result.tools) }
}

/** Names as they were before the gateway put a prefix to them. */
function nameTools(
  listed: readonly { readonly name: string }[],
): ReadonlyMap<string, string> {
  const wanted = new Set(Object.keys(SHAPES))
  return new Map(
    listed.flatMap(({ name }) => {
      const own = name.replace(/^.*?__/, '')
      return wanted.has(own) || own.startsWith('tool_') ? [[own, name]] : []
    }),
  )
}

/** The handshake of a client of that era; the head of its requests. */
export async function introduce(
  line: Line,
  at: TargetAt,
  token: string,
): Promise<string> {
  const { port, path, era } = at
  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Authorization: Bearer ${token}\r\n` +
    'User-Agent: portcullis-bench\r\nContent-Type: application/json\r\n' +
    'Accept: application/json, text/event-stream\r\n' +
    `MCP-Protocol-Version: ${VERSIONS[era]}\r\n`
  if (era === 'modern') return head
  const params = {
    protocolVersion: VERSIONS.legacy,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  }
  const target = { era, heads: [head] }
  const answer = await exchange(line, target, 200, 'initialize', params)
  const session = readHeader(answer.head, 'mcp-session-id')
  // A peer without sessions names none.
  const known = session === undefined ? '' : `Mcp-Session-Id: ${session}\r\n`
  const own = { era, heads: [head + known] }
  await exchange(line, own, 202, 'notifications/initialized')
  return head + known
}

interface Answer {
  readonly head: string
  readonly text: string
}

function exchange(
  line: Line,
  target: Pick<Target, 'era' | 'heads'>,
  status: number,
  method: string,
  params?: object,
): Promise<Answer> {
  const id = params && takeId()
  const envelope = target.era === 'modern' && { _meta: ENVELOPE }
  const whole = params && { ...params, ...envelope }
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: whole })
  return new Promise((resolve, reject) => {
    line.listen((message) => {
      const { head } = message
      const text = readData(message)
      if (head.startsWith(`HTTP/1.1 ${status} `)) resolve({ head, text })
      else reject(new Error(`${method}: ${head}\n${text}`))
    }, reject)
    const { era, heads } = target
    line.send(writeRequest(heads[0] ?? '', era, method, '', body))
  })
}

/** The answer in a body: the body itself, or its only event. */
function readData(message: WireMessage): string {
  const isChunked = /\r\ntransfer-encoding: *chunked/i.test(message.head)
  const text = isChunked ? joinChunks(message.text()) : message.text()
  return /(?:^|\n)data: ?(\{.*)/.exec(text)?.[1] ?? text
}

/** The texts of the bench are ASCII, where a character is a byte. */
function joinChunks(text: string): string {
  let joined = ''
  for (let at = 0; at < text.length; ) {
    const line = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, line), 16)
    joined += text.slice(line + 2, line + 2 + size)
    at = line + size + 4
  }
  return joined
}

const MODERN = 'io.modelcontextprotocol/'

export const ENVELOPE = {
  [`${MODERN}protocolVersion`]: VERSIONS.modern,
  [`${MODERN}clientInfo`]: { name: 'bench', version: '1.0.0' },
  [`${MODERN}clientCapabilities`]: {},
}

/** `body` begins and ends so; a long text stands between. */
export function writeRequest(
  head: string,
  era: Era,
  method: string,
  name: string,
  body: string,
  text?: Buffer,
  end = '',
): Request {
  const length = body.length + (text?.length ?? 0) + end.length
  const named = name && `Mcp-Name: ${name}\r\n`
  const mirrored = era === 'modern' ? `Mcp-Method: ${method}\r\n${named}` : ''
  const start = `${head}${mirrored}Content-Length: ${length}\r\n\r\n${body}`
  return { start, text, end }
}

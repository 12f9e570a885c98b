// The load: kept-alive raw sockets, a call at a time on each.
// In: targets, then how many calls to make. Out: how long they took.
// INVARIANT: ids are never used twice and small texts vary in length; each answer
// is held against its own call.

import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { type Case, type Era, SHAPES } from '../cases.ts'
import { answerParent } from '../process.ts'
import {
  readBody,
  readEnd,
  readHeader,
  readStart,
  type WireMessage,
  WireReader,
} from '../wire.ts'

const STALL_MS = 30_000
const MODERN = 'io.modelcontextprotocol/'
const VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' } as const

export interface TargetAt {
  readonly name: string
  readonly port: number
  readonly path: string
  readonly token: string
  readonly era: Era
  /** A plain file, which nothing is negotiated with. */
  readonly isFile?: boolean
}

interface Target extends TargetAt {
  /** Up to the value of Content-Length, but for the headers of a method. */
  readonly head: string
  /** By the name that the upstream has for them. */
  readonly tools: ReadonlyMap<string, string>
}

export interface Load {
  readonly name: string
  readonly calls: number
  readonly case: Case
}

export interface Loaded {
  readonly ms: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
}

const filler = randomBytes(4_096).toString('hex')
const targets = new Map<string, Target>()
let lines: Line[] = []
let nextId = 1

/** A long text is written as it is, between what stands around it. */
interface Request {
  readonly start: string
  readonly text: Buffer | undefined
  readonly end: string
}

/** One connection. */
class Line {
  readonly #socket: Socket
  #reply: ((message: WireMessage) => void) | undefined
  #fail: (error: Error) => void = () => {}

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const reader = new WireReader((message) => this.#reply?.(message))
    this.#socket.on('data', (chunk) => reader.feed(chunk))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('it was closed')))
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#socket.once('connect', resolve)
    })
  }

  listen(
    reply: (message: WireMessage) => void,
    fail: (error: Error) => void,
  ): void {
    this.#reply = reply
    this.#fail = fail
  }

  send({ start, text, end }: Request): void {
    if (!text) {
      this.#socket.write(start, 'latin1')
      return
    }
    this.#socket.cork()
    this.#socket.write(start, 'latin1')
    this.#socket.write(text)
    this.#socket.write(end, 'latin1')
    this.#socket.uncork()
  }

  close(): void {
    this.#fail = () => {}
    this.#socket.destroy()
  }
}

/** The handshake of a client of that era, and the names of the tools. Resolves to
 * the list as it came. */
async function negotiate(at: TargetAt): Promise<string> {
  const { name, port, path, token, era, isFile } = at
  const common =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Authorization: Bearer ${token || filler.slice(0, 66)}\r\n` +
    'User-Agent: portcullis-bench\r\nContent-Type: application/json\r\n' +
    'Accept: application/json, text/event-stream\r\n' +
    `MCP-Protocol-Version: ${VERSIONS[era]}\r\n`
  let target: Target = { ...at, head: common, tools: new Map() }
  if (isFile) {
    const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
    targets.set(name, { ...target, head })
    return ''
  }
  const line = new Line(port)
  await line.opened()
  if (era === 'legacy') {
    const params = {
      protocolVersion: VERSIONS.legacy,
      capabilities: {},
      clientInfo: { name: 'bench', version: '1.0.0' },
    }
    const { head } = await exchange(line, target, 200, 'initialize', params)
    const session = readHeader(head, 'mcp-session-id')
    target = { ...target, head: `${common}Mcp-Session-Id: ${session}\r\n` }
    await exchange(line, target, 202, 'notifications/initialized')
  }
  const listed = await exchange(line, target, 200, 'tools/list', {})
  line.close()
  const { result } = JSON.parse(readBody(listed)) as {
    result: { tools: { name: string }[] }
  }
  const tools = new Map(
    Object.keys(SHAPES).flatMap((shape) => {
      const named = (name: string) =>
        name === shape || name.endsWith(`__${shape}`)
      const tool = result.tools.find(({ name }) => named(name))
      return tool ? [[shape, tool.name] as const] : []
    }),
  )
  targets.set(name, { ...target, tools })
  return readBody(listed)
}

function exchange(
  line: Line,
  target: Target,
  status: number,
  method: string,
  params?: object,
): Promise<WireMessage> {
  const id = params && nextId++
  const envelope = target.era === 'modern' && { _meta: ENVELOPE }
  const whole = params && { ...params, ...envelope }
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: whole })
  return new Promise((resolve, reject) => {
    line.listen((message) => {
      if (message.head.startsWith(`HTTP/1.1 ${status} `)) resolve(message)
      else reject(new Error(`${method}: ${message.head}\n${readBody(message)}`))
    }, reject)
    line.send(writeRequest(target, method, '', body))
  })
}

const ENVELOPE = {
  [`${MODERN}protocolVersion`]: VERSIONS.modern,
  [`${MODERN}clientInfo`]: { name: 'bench', version: '1.0.0' },
  [`${MODERN}clientCapabilities`]: {},
}

/** `body` begins and ends so; a long text stands between. */
function writeRequest(
  { head, era }: Target,
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

/** Connects, so that what is measured begins with the first call. */
async function open(input: { name: string; connections: number }) {
  const { port } = targetOf(input.name)
  lines = Array.from({ length: input.connections }, () => new Line(port))
  await Promise.all(lines.map((line) => line.opened()))
}

function load(input: Load): Promise<Loaded> {
  const make = makeCalls(targetOf(input.name), input.case)
  const took = new Float64Array(input.calls)
  const began = performance.now()
  let unsent = input.calls
  let unanswered = input.calls
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearInterval(timer)
      for (const line of lines) line.close()
    }
    const fail = (error: Error) => {
      stop()
      reject(error)
    }
    let before = -1
    const timer = setInterval(() => {
      if (before === unanswered) fail(new Error('no answer in 30 s'))
      before = unanswered
    }, STALL_MS)
    const start = (line: Line) => {
      if (unsent-- <= 0) return
      const call = make()
      const sent = performance.now()
      line.listen((message) => {
        if (!isAnswer(call, message)) {
          return fail(new Error(`wrong: ${message.head}\n${readBody(message)}`))
        }
        took[--unanswered] = performance.now() - sent
        if (unanswered > 0) return start(line)
        stop()
        took.sort()
        const at = (share: number) => took[Math.floor(took.length * share)] ?? 0
        const ms = performance.now() - began
        resolve({ ms, p50: at(0.5), p99: at(0.99) })
      }, fail)
      line.send(call.request)
    }
    for (const line of lines) start(line)
  })
}

interface Call {
  readonly id: number
  /** Of the body at least. */
  readonly least: number
  readonly isFile: boolean
  readonly request: Request
}

function makeCalls(target: Target, asked: Case): () => Call {
  const { method, tool, bytes } = asked
  const isModern = target.era === 'modern'
  const meta = isModern ? `"_meta":${JSON.stringify(ENVELOPE)}` : ''
  if (target.isFile) {
    const call = { id: 0, least: 1_000, isFile: true }
    const request = { start: `${target.head}\r\n`, text: undefined, end: '' }
    return () => ({ ...call, request })
  }
  const name = target.tools.get(tool) ?? ''
  const least = method === 'tools/list' ? 1_000 : (SHAPES[tool]?.bytes ?? 0)
  const long =
    bytes > 0
      ? Buffer.from(
          filler.repeat(Math.ceil(bytes / filler.length)).slice(0, bytes),
        )
      : undefined
  const isCall = method === 'tools/call'
  const before = isCall ? `"name":"${name}","arguments":{"text":"` : ''
  const after = isCall ? `"}${isModern ? ',' : ''}${meta}}}` : `${meta}}}`
  return () => {
    const id = nextId++
    const from = (id * 131) % 8_000
    const text = filler.slice(from, from + 60 + ((id * 37) % 101))
    const body = `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{${before}`
    const named = isCall ? name : ''
    const request = long
      ? writeRequest(target, method, named, body, long, after)
      : writeRequest(
          target,
          method,
          named,
          `${body}${isCall ? text : ''}${after}`,
        )
    return { id, least, isFile: false, request }
  }
}

const FAILED = /"error":|"isError":true/

function isAnswer(call: Call, message: WireMessage): boolean {
  const { head, size, body } = message
  if (!head.startsWith('HTTP/1.1 200 ')) return false
  if (size - body < call.least) return false
  if (call.isFile) return true
  const parts = [readStart(message), readEnd(message)]
  const { id } = call
  const isOwn = parts.some(
    (part) => part.includes(`"id":${id},`) || part.includes(`"id":${id}}`),
  )
  return isOwn && !parts.some((part) => FAILED.test(part))
}

function targetOf(name: string): Target {
  const target = targets.get(name)
  if (!target) throw new Error(`${name} was not negotiated with`)
  return target
}

answerParent(null, { negotiate, open, load })

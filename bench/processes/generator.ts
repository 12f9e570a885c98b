// The load: 64 kept-alive raw sockets, a call at a time on each.
// In: targets, then how many calls to make. Out: how long they took.
// INVARIANT: ids and texts are never used twice and lengths vary, so nothing
// can be remembered; every answer is held against its own call.

import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { answerParent } from '../process.ts'
import { readHeader, type WireMessage, WireReader } from '../wire.ts'

const CONNECTIONS = 64
const STALL_MS = 30_000
const VERSION = '2025-11-25'

interface Target {
  readonly host: string
  readonly port: number
  /** Of a call, up to the value of Content-Length. */
  head: string
  tool: string
}

const filler = randomBytes(4_096).toString('hex')
const targets = new Map<string, Target>()
let lines: Line[] = []
let nextId = 1

/** One connection. */
class Line {
  readonly #socket: Socket
  #reply: ((message: WireMessage) => void) | undefined
  #fail: (error: Error) => void = () => {}

  constructor({ host, port }: Target) {
    this.#socket = connect({ host, port, noDelay: true })
    const reader = new WireReader((message) => this.#reply?.(message))
    this.#socket.on('data', (chunk) => reader.feed(chunk))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('closed on us')))
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

  send(head: string, body: string): void {
    this.#socket.write(`${head}${body.length}\r\n\r\n${body}`, 'latin1')
  }

  close(): void {
    this.#fail = () => {}
    this.#socket.destroy()
  }
}

/** The handshake of a legacy client, and the name of the tool to call. */
async function negotiate(input: { name: string; url: string; token: string }) {
  const { hostname: host, port, pathname } = new URL(input.url)
  const bearer = input.token || filler.slice(0, 66)
  const common =
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
    `Authorization: Bearer ${bearer}\r\nUser-Agent: portcullis-bench\r\n` +
    `Content-Type: application/json\r\n` +
    `Accept: application/json, text/event-stream\r\n`
  const target: Target = { host, port: Number(port), head: '', tool: '' }
  target.head = `${common}Content-Length: `
  const line = new Line(target)
  await line.opened()
  const params = {
    protocolVersion: VERSION,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  }
  const { head } = await exchange(line, target, 200, 'initialize', params)
  const session = readHeader(head, 'mcp-session-id')
  target.head =
    `${common}Mcp-Session-Id: ${session}\r\n` +
    `Mcp-Protocol-Version: ${VERSION}\r\nContent-Length: `
  await exchange(line, target, 202, 'notifications/initialized')
  const listed = await exchange(line, target, 200, 'tools/list', {})
  line.close()
  const { result } = JSON.parse(listed.body) as {
    result: { tools: { name: string }[] }
  }
  const tool = result.tools.find(({ name }) => name.endsWith('echo'))
  if (!tool) throw new Error(`${input.name} lists no echo: ${listed.body}`)
  targets.set(input.name, { ...target, tool: tool.name })
}

function exchange(
  line: Line,
  { head }: Target,
  status: number,
  method: string,
  params?: object,
): Promise<WireMessage> {
  const id = params && nextId++
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params })
  return new Promise((resolve, reject) => {
    line.listen((message) => {
      if (message.head.startsWith(`HTTP/1.1 ${status} `)) resolve(message)
      else reject(new Error(`${method}: ${message.head}\n${message.body}`))
    }, reject)
    line.send(head, body)
  })
}

/** Connects, so that what is measured begins with the first call. */
async function open(name: string): Promise<void> {
  const target = targetOf(name)
  lines = Array.from({ length: CONNECTIONS }, () => new Line(target))
  await Promise.all(lines.map((line) => line.opened()))
}

/** Makes `calls` calls; resolves to the milliseconds they took. */
function load(input: { name: string; calls: number }): Promise<number> {
  const target = targetOf(input.name)
  const began = performance.now()
  let unsent = input.calls
  let unanswered = input.calls
  return new Promise<number>((resolve, reject) => {
    const stop = () => {
      clearInterval(timer)
      for (const line of lines) line.close()
    }
    const fail = (error: Error) => {
      stop()
      reject(error)
    }
    let heard = -1
    const timer = setInterval(() => {
      if (heard === unanswered) fail(new Error('no answer in 30 s'))
      heard = unanswered
    }, STALL_MS)
    const start = (line: Line) => {
      if (unsent-- <= 0) return
      const call = makeCall(target)
      line.listen((message) => {
        if (!isAnswer(call, message)) {
          return fail(new Error(`wrong: ${message.head}\n${message.body}`))
        }
        if (--unanswered > 0) return start(line)
        stop()
        resolve(performance.now() - began)
      }, fail)
      line.send(target.head, call.body)
    }
    for (const line of lines) start(line)
  })
}

interface Call {
  readonly id: number
  readonly text: string
  readonly body: string
}

/** About 200 bytes: a text of 60 to 160, no two alike. */
function makeCall({ tool }: Target): Call {
  const id = nextId++
  const from = (id * 131) % 8_000
  const text = `${id} ${filler.slice(from, from + 60 + ((id * 37) % 101))}`
  const body = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${tool}","arguments":{"text":"${text}"}}}`
  return { id, text, body }
}

function isAnswer({ id, text }: Call, { head, body }: WireMessage): boolean {
  if (!head.startsWith('HTTP/1.1 200 ')) return false
  const answer = JSON.parse(body) as {
    id: unknown
    result?: { content: { text: string }[] }
  }
  return answer.id === id && answer.result?.content[0]?.text === text
}

function targetOf(name: string): Target {
  const target = targets.get(name)
  if (!target) throw new Error(`${name} was not greeted`)
  return target
}

answerParent(null, { negotiate, open, load })

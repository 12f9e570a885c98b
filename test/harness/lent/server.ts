// A server that answers large calls in every way in which a server may.
// In: calls, whose arguments say how. Out: answers that only that call has.
// INVARIANT: every byte of every call that it reads whole is checked.

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { argv, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { type Dice, rollFrom } from '../crosstalk/dice.ts'
import { findDifference, writeStream } from './keystream.ts'

/** How a server answers. */
export const WAYS = [
  ...['whole', 'idLast', 'chunked', 'event', 'slow', 'marked'],
  ...['doubled', 'failed', 'error', 'refused', 'cut', 'twice', 'early'],
  'ahead',
  ...['progress', 'paused'],
] as const
export type Way = (typeof WAYS)[number]

export interface Given {
  readonly nonce: string
  readonly way: Way
  /** Length of the text of the answer. */
  readonly wanted: number
  readonly size: number
  readonly fill: string
}

interface Asked {
  readonly id: number
  readonly method: string
  readonly params: {
    readonly protocolVersion?: string
    readonly arguments: Given
    readonly _meta?: { readonly progressToken?: number }
  }
}

const write = (message: object) =>
  JSON.stringify({ jsonrpc: '2.0', ...message })

function answerPlainly({ id, method, params }: Asked): object | undefined {
  const serverInfo = { name: 'lent', version: '1' }
  const capabilities = { tools: {} }
  const { protocolVersion } = params ?? {}
  const known: Record<string, object> = {
    initialize: { protocolVersion, capabilities, serverInfo },
    'tools/list': {
      tools: [{ name: 'call', inputSchema: { type: 'object' } }],
    },
  }
  if (method === 'tools/call') return undefined
  const error = { code: -32601, message: 'Method not found' }
  return known[method] ? { id, result: known[method] } : { id, error }
}

export const writeText = ({ nonce, wanted }: Pick<Given, 'nonce' | 'wanted'>) =>
  writeStream(`${nonce} answer`, wanted)

export const writeFill = ({ nonce, size }: Pick<Given, 'nonce' | 'size'>) =>
  writeStream(`${nonce} call`, size)

function writeAnswer(id: number, given: Given, more: object = {}): string {
  const result = {
    content: [{ type: 'text', text: writeText(given) }],
    ...more,
  }
  return write({ id, result })
}

/** What it says about a call that did not reach it whole. */
function judge(given: Given): string[] {
  const fault = findDifference(given.fill, writeFill(given))
  return fault ? [`${given.nonce} reached the server: ${fault}`] : []
}

export interface LentServer {
  readonly url: string
  readonly faults: string[]
}

export async function startLentServer(
  t: Pick<Test, 'teardown'>,
  seed: number,
): Promise<LentServer> {
  const dice = rollFrom(seed)
  const faults: string[] = []
  /** What paused streams go on with. */
  const paused = new Map<string, string>()
  const server = createServer((request, response) => {
    response.on('error', () => {})
    if (request.method === 'GET') {
      const point = String(request.headers['last-event-id'])
      const text = paused.get(point)
      if (text === undefined) return void response.writeHead(405).end()
      response.setHeader('content-type', 'text/event-stream')
      return void pour(response, `id: 2\ndata: ${text}\n\n`, dice)
    }
    if (request.method !== 'POST') return void response.writeHead(404).end()
    read(request, response, dice, faults, paused).catch((error) => {
      if (!request.errored) faults.push(String(error))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/mcp`, faults }
}

/** In a few writes, some of them later. */
async function pour(
  response: ServerResponse,
  text: string,
  dice: Dice,
  ends = true,
): Promise<void> {
  const bytes = Buffer.from(text)
  let from = 0
  for (let part = dice.below(4); part > 0; part--) {
    const end = from + dice.below(bytes.length - from)
    response.write(bytes.subarray(from, end))
    from = end
    if (dice.chance(0.5)) await setTimeout(dice.below(8))
  }
  response.write(bytes.subarray(from))
  if (ends) response.end()
}

/** A call that is answered before it has come, as far as it says how. */
const EARLY = /\{"nonce":"[^"]*","way":"(?:early|ahead)".*?(?=,"fill")/

async function read(
  request: IncomingMessage,
  response: ServerResponse,
  dice: Dice,
  faults: string[],
  paused: Map<string, string>,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer)
    const begun = chunks.length === 1 ? String(chunk) : ''
    const early = EARLY.exec(begun)
    if (!early) continue
    const id = Number(/"id":(\d+)/.exec(begun)?.[1])
    const given = JSON.parse(`${early}}`) as Given
    if (given.way === 'ahead') {
      response.setHeader('content-type', 'text/event-stream')
      response.write(`data: ${writeAnswer(id, given)}\n\n`)
      // What is written to it waits in the gateway meanwhile.
      await setTimeout(20 + dice.below(150))
      continue
    }
    response.setHeader('content-type', 'application/json')
    // Nothing else may come behind what is not read.
    response.setHeader('connection', 'close')
    response.end(writeAnswer(id, given))
    return void (dice.chance(0.5) && request.resume())
  }
  const asked = JSON.parse(String(Buffer.concat(chunks))) as Asked
  if (asked.id === undefined) return void response.writeHead(202).end()
  const plain = answerPlainly(asked)
  if (!plain) {
    faults.push(...judge(asked.params.arguments))
    if (response.headersSent) return void response.end()
    return answerCall(asked, response, dice, paused)
  }
  if (asked.method === 'initialize') {
    response.setHeader('mcp-session-id', `s${dice.below(1e9)}`)
  }
  response.setHeader('content-type', 'application/json')
  response.end(write(plain))
}

async function answerCall(
  { id, params }: Asked,
  response: ServerResponse,
  dice: Dice,
  paused: Map<string, string>,
): Promise<void> {
  const given = params.arguments
  const text = writeAnswer(id, given)
  const whole = (body: string, status = 200) => {
    response.statusCode = status
    response.setHeader('content-type', 'application/json')
    response.setHeader('content-length', Buffer.byteLength(body))
    return pour(response, body, dice)
  }
  const events = (body: string) => {
    response.setHeader('content-type', 'text/event-stream')
    return pour(response, body, dice)
  }
  const error = { code: -32000, message: 'no', data: writeText(given) }
  switch (given.way) {
    case 'idLast':
      return whole(
        `{"jsonrpc":"2.0","result":${JSON.stringify(JSON.parse(text).result)},"id":${id}}`,
      )
    case 'chunked':
      response.setHeader('content-type', 'application/json')
      return pour(response, text, dice)
    case 'event':
      return events(`event: message\ndata: ${text}\n\n`)
    case 'slow':
      await setTimeout(20 + dice.below(60))
      return whole(text)
    case 'marked':
      return whole(`\ufeff${text}`)
    case 'doubled':
      return whole(text.replace('{', '{"jsonrpc":"2.0",'))
    case 'failed':
      return whole(writeAnswer(id, given, { isError: true }))
    case 'error':
      return whole(write({ id, error }))
    case 'refused':
      return whole(write({ id, error }), 400)
    case 'cut':
      response.setHeader('content-length', text.length)
      await pour(response, text.slice(0, text.length / 2), dice, false)
      return void response.destroy()
    case 'twice':
      return events(`data: ${text}\n\ndata: ${text}\n\n: end\n\n`)
    case 'progress':
      return events(
        `${writeNotices(params)}data: ${text}\n\n${writeNotices(params)}`,
      )
    case 'paused':
      paused.set(given.nonce, text)
      return events(`id: ${given.nonce}\nretry: 5\ndata:\n\n`)
    default:
      return whole(text)
  }
}

function writeNotices({ arguments: given, _meta }: Asked['params']): string {
  const { progressToken } = _meta ?? {}
  if (progressToken === undefined) return ''
  const method = 'notifications/progress'
  return [1, 2, 3]
    .map((progress) => {
      const message = writeStream(`${given.nonce} ${progress}`, 70_000)
      const params = { progressToken, progress, message }
      return `data: ${write({ method, params })}\n\n`
    })
    .join('')
}

export const program = fileURLToPath(import.meta.url)

function serveStdio(): void {
  createInterface({ input: stdin }).on('line', (line) => {
    const asked = JSON.parse(line) as Asked
    if (asked.id === undefined) return
    const plain = answerPlainly(asked)
    if (plain) return void stdout.write(`${write(plain)}\n`)
    const given = asked.params.arguments
    const [fault] = judge(given)
    const error = { code: -32099, message: fault }
    stdout.write(
      `${fault ? write({ id: asked.id, error }) : writeAnswer(asked.id, given)}\n`,
    )
  })
}

if (argv[1] === program) serveStdio()

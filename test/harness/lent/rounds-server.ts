// A server whose large calls take more than one request: it asks back, forgets
// sessions, refuses tokens and closes connections.
// In: calls, whose arguments say how. Out: answers that only that call has.
// INVARIANT: every byte of every call and reply that it reads is checked.

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Test } from 'tap'
import { type Dice, rollFrom } from '../crosstalk/dice.ts'
import { findDifference, writeStream } from './keystream.ts'
import { answerPlainly, writeDiscovery } from './rounds-lists.ts'
import {
  type Given,
  SECRET,
  type Way,
  writeFill,
  writeQuestion,
  writeReply,
  writeText,
} from './rounds-texts.ts'

interface Asked {
  readonly id: number
  readonly method: string | undefined
  readonly result?: Record<string, unknown>
  readonly params: {
    readonly name?: string
    readonly uri?: string
    readonly protocolVersion?: string
    readonly arguments: Given
    readonly task?: object
    readonly taskId?: string
    readonly inputResponses?: Record<string, Record<string, unknown>>
    readonly requestState?: string
  }
}

const write = (message: object) =>
  JSON.stringify({ jsonrpc: '2.0', ...message })

const event = (message: object) => `data: ${write(message)}\n\n`

export interface RoundsServer {
  readonly origin: string
  readonly faults: string[]
  /** How often each thing happened. */
  readonly counts: Record<string, number>
}

class World implements RoundsServer {
  origin = ''
  readonly faults: string[] = []
  readonly counts: Record<string, number> = {}
  readonly dice: Dice
  /** Access tokens and sessions that are good. */
  readonly tokens = new Set<string>()
  readonly sessions = new Map<string, ServerResponse | undefined>()
  /** Calls that have had their trouble. */
  readonly troubled = new Set<string>()
  /** Questions that wait, by id. */
  readonly waiting = new Map<number, (reply: Asked) => void>()
  readonly tasks = new Map<string, Given>()
  next = 1

  constructor(seed: number) {
    this.dice = rollFrom(seed)
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  /** Whether it is the first time for this call. */
  troubles(nonce: string): boolean {
    if (this.troubled.has(nonce)) return false
    this.troubled.add(nonce)
    return true
  }

  check(what: string, got: unknown, wanted: string): void {
    const fault = findDifference(String(got), wanted)
    if (fault) this.faults.push(`${what} reached the server: ${fault}`)
  }
}

export async function startRoundsServer(
  t: Pick<Test, 'teardown'>,
  seed: number,
): Promise<RoundsServer> {
  const world = new World(seed)
  const server = createServer((request, response) => {
    response.on('error', () => {})
    receive(world, request, response).catch((error) => {
      if (!request.errored) world.faults.push(String(error))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  world.origin = `http://127.0.0.1:${port}`
  return world
}

async function receive(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url = '', method, headers } = request
  if (url.includes('well-known')) return writeDiscovery(response, world.origin)
  if (url === '/token') {
    const token = `access-${world.next++}-${'x'.repeat(20)}`
    world.tokens.add(`Bearer ${token}`)
    world.count('tokens')
    request.resume()
    const body = { access_token: token, token_type: 'Bearer', expires_in: 3600 }
    response.setHeader('content-type', 'application/json')
    return void response.end(JSON.stringify(body))
  }
  const session = headers['mcp-session-id'] as string | undefined
  if (method === 'GET') return openStream(world, request, response, session)
  if (method !== 'POST') return void response.writeHead(404).end()
  const chunks: Buffer[] = []
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer)
    const begun = chunks.length === 1 ? String(chunk) : ''
    const [, nonce, way] = TROUBLE.exec(begun) ?? []
    if (nonce === undefined || !world.dice.chance(0.5)) continue
    if (!world.troubles(nonce)) continue
    // While the rest of the call is on its way.
    response.setHeader('connection', 'close')
    return trouble(world, way as Way, request, response)
  }
  if (isBad(world, request)) return void refuse(response)
  const asked = JSON.parse(String(Buffer.concat(chunks))) as Asked
  if (asked.id === undefined) return void response.writeHead(202).end()
  if (asked.method === undefined) {
    world.waiting.get(asked.id)?.(asked)
    return void response.writeHead(202).end()
  }
  const isModern = url.startsWith('/modern')
  if (!isModern && asked.method === 'initialize') {
    const id = `s${world.next++}`
    world.sessions.set(id, undefined)
    response.setHeader('mcp-session-id', id)
  } else if (!isModern && !world.sessions.has(session ?? '')) {
    return void response.writeHead(404).end()
  }
  const plain = answerPlainly(isModern, asked)
  if (plain) return void sendJson(response, { id: asked.id, ...plain })
  if (isModern) return answerModern(world, asked, response)
  return answerLegacy(world, asked, request, response)
}

/** A call with trouble, as far as it says so. */
const TROUBLE = /"nonce":"([^"]*)","way":"(gone|refused|busy|broken)"/

function openStream(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  session = '',
): void {
  if (isBad(world, request)) return refuse(response)
  if (!world.sessions.has(session)) return void response.writeHead(404).end()
  world.sessions.set(session, response)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(': open\n\n')
}

const isBad = ({ tokens }: World, { url, headers }: IncomingMessage) =>
  url?.startsWith('/signed') === true &&
  !tokens.has(String(headers.authorization))

function refuse(response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Bearer error="invalid_token"')
  response.writeHead(401).end()
}

function trouble(
  world: World,
  way: Way,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  world.count(way)
  const { authorization, 'mcp-session-id': session } = request.headers
  if (world.dice.chance(0.7)) request.resume()
  if (way === 'busy') {
    response.setHeader('retry-after', '1')
    return void response.writeHead(429).end('slow down')
  }
  if (way === 'broken') return void response.destroy()
  if (way === 'gone') {
    world.sessions.get(String(session))?.end()
    world.sessions.delete(String(session))
    return void response.writeHead(404).end()
  }
  if (!world.tokens.delete(String(authorization))) world.count('unsigned')
  refuse(response)
}

export function sendJson(response: ServerResponse, message: object): void {
  const text = write(message)
  response.setHeader('content-type', 'application/json')
  response.setHeader('content-length', Buffer.byteLength(text))
  response.end(text)
}

const say = (text: string) => ({ content: [{ type: 'text', text }] })

async function answerLegacy(
  world: World,
  asked: Asked,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { id, method, params } = asked
  if (method === 'tasks/result') {
    const given = world.tasks.get(params.taskId ?? '') as Given
    await setTimeout(world.dice.below(10))
    return sendJson(response, { id, result: say(writeText(given)) })
  }
  if (method === 'resources/read') {
    const [, nonce = '', wanted = ''] =
      /it:(.*)\/(\d+)$/.exec(`${params.uri}`) ?? []
    const blob = writeText({ nonce, wanted })
    const contents = [{ uri: params.uri, blob }]
    return sendJson(response, { id, result: { contents } })
  }
  const given = params.arguments
  world.check(`${given.nonce} ${given.way}`, given.fill, writeFill(given))
  if (method === 'prompts/get') {
    const content = { type: 'text', text: writeText(given) }
    const messages = [{ role: 'user', content }]
    return sendJson(response, { id, result: { messages } })
  }
  if (params.task) {
    const taskId = `t${world.next++}`
    world.tasks.set(taskId, given)
    const now = new Date().toISOString()
    const dates = { createdAt: now, lastUpdatedAt: now, ttl: 60_000 }
    const task = { taskId, status: 'working', ...dates }
    return sendJson(response, { id, result: { task } })
  }
  if (TROUBLE.test(JSON.stringify({ nonce: given.nonce, way: given.way }))) {
    if (world.troubles(given.nonce)) {
      return trouble(world, given.way, request, response)
    }
  }
  return answerWay(world, asked, request, response)
}

async function answerWay(
  world: World,
  { id, params }: Asked,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const given = params.arguments
  const { nonce, way, asked, replied } = given
  const result = say(writeText(given))
  world.count(`answered ${way}`)
  switch (way) {
    case 'asks':
    case 'samples':
      response.setHeader('content-type', 'text/event-stream')
      await ask(world, given, response)
      return void response.end(event({ id, result }))
    case 'logs':
    case 'tells': {
      const method = 'notifications/message'
      const data = writeQuestion(nonce, replied, asked)
      const text = event({ method, params: { level: 'error', data } })
      const session = String(request.headers['mcp-session-id'])
      if (way === 'tells') world.sessions.get(session)?.write(text)
      response.setHeader('content-type', 'text/event-stream')
      return void response.end(
        `${way === 'logs' ? text : ''}${event({ id, result })}`,
      )
    }
    case 'structured': {
      const structuredContent = { text: writeText(given) }
      return sendJson(response, {
        id,
        result: { ...result, structuredContent },
      })
    }
    case 'failed': {
      const content = [{ type: 'text', text: `${writeText(given)} ${SECRET}` }]
      return sendJson(response, { id, result: { content, isError: true } })
    }
    case 'slow':
      await setTimeout(20 + world.dice.below(80))
      return sendJson(response, { id, result })
    default:
      sendJson(response, { id, result })
      // The gateway may be about to use the connection again.
      if (way === 'stale') {
        void setTimeout(world.dice.below(4)).then(() =>
          request.socket.destroy(),
        )
      }
  }
}

/** Asks the client, and checks what it says. */
async function ask(
  world: World,
  { nonce, way, asked, replied }: Given,
  response: ServerResponse,
): Promise<void> {
  const id = world.next++
  const text = writeQuestion(nonce, replied, asked)
  const reply = new Promise<Asked | undefined>((resolve) => {
    world.waiting.set(id, resolve)
    response.on('close', () => resolve(undefined))
  })
  response.write(
    event(way === 'asks' ? writeForm(id, text) : writeSampling(id, text)),
  )
  const { result } = (await reply) ?? {}
  world.waiting.delete(id)
  if (!result) return world.count(`no reply ${way}`)
  const content = Object(result.content)
  const wanted = writeReply(nonce, replied)
  world.check(`${nonce} reply`, content.fill ?? content.text, wanted)
}

const FORM = { type: 'object', properties: { fill: { type: 'string' } } }

const writeForm = (id: number, message: string) => ({
  id,
  method: 'elicitation/create',
  params: { message, requestedSchema: FORM },
})

const writeSampling = (id: number, text: string) => {
  const messages = [{ role: 'user', content: { type: 'text', text } }]
  const method = 'sampling/createMessage'
  return { id, method, params: { messages, maxTokens: 9 } }
}

/** Asks by its answer, and is asked again. */
function answerModern(
  world: World,
  { id, params }: Asked,
  response: ServerResponse,
): void {
  const given = params.arguments
  const { nonce, asked, replied, way } = given
  world.check(`${nonce} modern ${way}`, given.fill, writeFill(given))
  const whole = { resultType: 'complete' }
  if (way !== 'asks' && way !== 'samples') {
    const result = { ...say(writeText(given)), ...whole }
    return sendJson(response, { id, result })
  }
  const state = writeStream(`${nonce} state`, 70_000)
  if (!params.inputResponses) {
    const text = writeQuestion(nonce, replied, asked)
    const request = way === 'asks' ? writeForm(0, text) : writeSampling(0, text)
    const { id: _, ...one } = request
    const resultType = 'input_required'
    const result = { resultType, inputRequests: { one }, requestState: state }
    return sendJson(response, { id, result })
  }
  const content = Object(params.inputResponses.one?.content)
  const wanted = writeReply(nonce, replied)
  world.check(`${nonce} reply`, content.fill ?? content.text, wanted)
  world.check(`${nonce} state`, params.requestState, state)
  world.count(`answered modern ${way}`)
  sendJson(response, { id, result: { ...say(writeText(given)), ...whole } })
}

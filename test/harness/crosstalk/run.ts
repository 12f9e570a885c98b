// Many clients with equal ids and equal progress tokens, all at once.
// In: how many, how often, a seed. Out: what reached whom wrongly, and counts.
// INVARIANT: each client has one call under way, and every call of every
// client has the ids and the tokens that the others have.

import type { Test } from 'tap'
import { ask, type Heard } from '../fidelity/wire.ts'
import { type Issued, issue, serveConfig } from '../served.ts'
import { ENVELOPE, modernHeaders } from '../wire.ts'
import { type Dice, rollFrom } from './dice.ts'
import { program, startUnrulyServer } from './servers.ts'

export interface Load {
  readonly clients: number
  readonly calls: number
  readonly tokens: number
  readonly seed: number
}

export interface Tally {
  answered: number
  /** Calls that their clients left, with their tokens. */
  readonly abandoned: Map<string, string>
  /** Notices that reached their owner. */
  progress: number
  logs: number
  /** Per server, how many sessions or processes were seen. */
  readonly places: Record<string, number>
  /** What should not have been. */
  readonly faults: string[]
}

const SERVERS = ['pipe', 'own', 'session', 'shared', 'modern'] as const

interface Client {
  readonly name: string
  readonly tokenId: string
  readonly session: string | undefined
  send(body: object, signal?: AbortSignal): Promise<Heard>
}

const SESSION_ID = 'mcp-session-id'
const MAX_FAULTS = 20

export async function runCrosstalk(
  t: Pick<Test, 'teardown'>,
  { clients, calls, tokens, seed }: Load,
): Promise<Tally> {
  const issued = Array.from({ length: tokens }, (_, i) =>
    issue({ subject: `s${i}`, roles: ['all'] }),
  )
  const url = await serve(t, issued, clients, seed)
  const opened = await Promise.all(
    Array.from({ length: clients }, (_, i) =>
      openClient(url, issued[i % tokens] as Issued, i),
    ),
  )
  const tally: Tally = {
    answered: 0,
    abandoned: new Map(),
    progress: 0,
    logs: 0,
    places: {},
    faults: [],
  }
  const owners = new Map<string, string>()
  await Promise.all(
    opened.map(async (client, i) => {
      const dice = rollFrom(seed * 1_000 + i)
      const mine = Math.ceil((calls - i) / clients)
      for (let n = 1; n <= mine; n++) {
        if (tally.faults.length > MAX_FAULTS) return
        await callOnce(client, n, dice, tally, owners)
      }
    }),
  )
  for (const key of owners.keys()) {
    const server = key.slice(0, key.indexOf(' '))
    tally.places[server] = (tally.places[server] ?? 0) + 1
  }
  return tally
}

async function serve(
  t: Pick<Test, 'teardown'>,
  issued: readonly Issued[],
  clients: number,
  seed: number,
): Promise<string> {
  const room = {
    concurrency: clients,
    queue: clients,
    maxSessions: 2 * clients,
    idleTimeout: '20s',
  }
  const stdio = (isolation: string) => ({
    ...room,
    type: 'stdio',
    command: process.execPath,
    args: [program, String(seed)],
    isolation,
  })
  const http = async (isolation: string, modern?: boolean) => ({
    ...room,
    type: 'http',
    url: await startUnrulyServer(t, seed, modern),
    isolation,
  })
  const servers = {
    pipe: stdio('shared'),
    own: stdio('principal'),
    session: await http('session'),
    shared: await http('shared'),
    modern: await http('session', true),
  }
  const allow = Object.fromEntries(SERVERS.map((name) => [name, ['*']]))
  const config = { servers, roles: { all: { allow } } }
  const { gateway } = await serveConfig(t, config, issued)
  return gateway.url
}

async function openClient(
  url: string,
  { id, token }: Issued,
  index: number,
): Promise<Client> {
  const name = `c${index}`
  // Two eras by turns, so that each token is used in both.
  if (Math.floor(index / 2) % 2 === 1) {
    const send = (body: object, signal?: AbortSignal) => {
      const { params } = body as { params: { name: string; _meta: object } }
      const level = { 'io.modelcontextprotocol/logLevel': 'debug' }
      const info = {
        'io.modelcontextprotocol/clientInfo': { name, version: '1' },
      }
      const _meta = { ...params._meta, ...ENVELOPE, ...info, ...level }
      const whole = { ...body, params: { ...params, _meta } }
      const headers = modernHeaders(token, 'tools/call', params.name)
      return ask(url, headers, JSON.stringify(whole), signal)
    }
    return { name, tokenId: id, session: undefined, send }
  }
  const headers: Record<string, string> = { authorization: `Bearer ${token}` }
  const send = (body: object, signal?: AbortSignal) =>
    ask(url, headers, JSON.stringify(body), signal)
  const hello = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name, version: '1' },
  }
  const greeted = await send({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: hello,
  })
  const session = String(greeted.headers[SESSION_ID])
  headers[SESSION_ID] = session
  return { name, tokenId: id, session, send }
}

async function callOnce(
  client: Client,
  n: number,
  dice: Dice,
  tally: Tally,
  owners: Map<string, string>,
): Promise<void> {
  const server = SERVERS[dice.below(SERVERS.length)] as string
  const nonce = `${client.name}:${n}:${server}`
  const steps = dice.below(4)
  const progressToken = 1 + (n % 2)
  const body = {
    jsonrpc: '2.0',
    id: n,
    method: 'tools/call',
    params: {
      name: `${server}__call`,
      arguments: { nonce, steps },
      _meta: { progressToken },
    },
  }
  const leaves = client.session === undefined && dice.chance(0.03)
  const signal = leaves ? AbortSignal.timeout(1 + dice.below(4)) : undefined
  let heard: Heard
  try {
    heard = await client.send(body, signal)
  } catch (error) {
    if (leaves) tally.abandoned.set(nonce, client.tokenId)
    else tally.faults.push(`${nonce}: ${error}`)
    return
  }
  const fault = (what: string) => tally.faults.push(`${nonce}: ${what}`)
  let next = 0
  const texts = heard.messages.map(String)
  const answer = texts.pop() ?? ''
  for (const text of texts) {
    const { method, params } = JSON.parse(text)
    if (method === 'notifications/message' && params.data === nonce) {
      tally.logs++
    } else if (
      method === 'notifications/progress' &&
      params.message === nonce &&
      params.progressToken === progressToken
    ) {
      tally.progress++
      // -1 came by the way of another call, at any time.
      if (params.progress === next) next++
      else if (params.progress !== -1) fault(`out of step: ${text}`)
    } else if (!isOfGone(client, server, params.data, tally)) {
      fault(`was told ${text}`)
    }
  }
  const { id, result } = parse(answer)
  if (id !== n || result?.nonce !== nonce) return void fault(`got ${answer}`)
  // Said ahead of its turn, it has overtaken its own progress.
  if (next !== steps && !result.early) fault(`${next} of ${steps} steps`)
  tally.answered++
  const owner = nameOwner(server, client)
  const place = `${server} ${result.place}`
  const known = owners.get(place) ?? owner
  owners.set(place, known)
  if (known !== owner) fault(`shares ${place} with ${known}`)
}

/** On a pipe a server does not say about which call it logs: what it says
 * about one that was left reaches the only call that its token still has. */
function isOfGone(
  { tokenId }: Client,
  server: string,
  nonce: string,
  { abandoned }: Tally,
): boolean {
  return server === 'own' && abandoned.get(nonce) === tokenId
}

function parse(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** Who alone may be in one session with the server. */
function nameOwner(server: string, client: Client): string {
  if (server === 'own') return client.tokenId
  if (server !== 'session') return 'all'
  return client.session ?? client.tokenId
}

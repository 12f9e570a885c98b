// The trial of the audit under kill -9: a gateway process that dies under
// load, again and again, between real clients and a real server.
// In: how often, how many clients, a seed. Out: what the trail lacks.
// INVARIANT: clients and server keep their own books; the trail is held
// against both.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { listTrail } from '../../../src/contract/audit-files.ts'
import { runHere } from '../gateway.ts'
import {
  makeFolder,
  type Owner,
  type ServeProcess,
  serveFolder,
} from '../process.ts'
import { json, startRawServer } from '../raw-server.ts'
import { issue } from '../served.ts'
import { ENVELOPE, modernHeaders } from '../wire.ts'
import { makeChance } from './chance.ts'

export interface KillReport {
  readonly kills: number
  readonly answered: number
  readonly forwarded: number
  readonly records: number
  readonly torn: number
  readonly files: number
  readonly faults: readonly string[]
}

interface Load {
  readonly times: number
  readonly clients: number
  readonly seed: number
}

interface Books {
  /** Request id by the number of the call, of each answer that came whole. */
  readonly answered: Map<number, string>
  /** Numbers of calls that the server got. */
  readonly forwarded: Set<number>
}

export async function runKills(t: Owner, load: Load): Promise<KillReport> {
  const chance = makeChance(load.seed)
  const books: Books = { answered: new Map(), forwarded: new Set() }
  const server = await startRawServer(t as never, {
    work: ({ id, params }, response) => {
      books.forwarded.add((params.arguments as { n: number }).n)
      const content = [{ type: 'text', text: 'done' }]
      const answer = () => json(response, { id, result: { content } })
      globalThis.setTimeout(answer, chance(20))
    },
  })
  const ann = issue({ subject: 'ann', roles: ['all'] })
  const folder = makeFolder(t, {
    'gateway.config.json': JSON.stringify({
      servers: { up: { type: 'http', url: server.url } },
      roles: { all: { allow: { up: ['*'] } } },
      tokens: { grants: { [ann.id]: ann.record } },
      audit: { arguments: 'values', rotate: { size: '200kB' } },
    }),
  })
  const faults: string[] = []
  let gateway: ServeProcess | undefined = await serveFolder(t, folder)
  let over = false
  let calls = 0
  const run = async () => {
    while (!over) {
      if (gateway) await call(gateway.url, ann.token, ++calls, books)
      else await setTimeout(5)
    }
  }
  const clients = Array.from({ length: load.clients }, run)
  for (let kill = 0; kill < load.times; kill++) {
    const before = books.answered.size
    while (books.answered.size < before + 20 + chance(300)) await setTimeout(1)
    const dying = gateway
    gateway = undefined
    await dying.stop('SIGKILL')
    gateway = await serveFolder(t, folder)
    faults.push(...(await verify(folder, `after kill ${kill + 1}`)))
  }
  over = true
  await Promise.all(clients)
  await gateway.stop('SIGTERM')
  faults.push(...(await verify(folder, 'at the end')))
  const records = readAll(folder)
  faults.push(...compare(records, books))
  return {
    kills: load.times,
    answered: books.answered.size,
    forwarded: books.forwarded.size,
    records: records.length,
    torn: records.filter(({ notice }) => notice === 'torn').length,
    files: listFiles(folder).length,
    faults,
  }
}

/** What did not come whole, did not come. */
async function call(
  url: string,
  token: string,
  n: number,
  { answered }: Books,
): Promise<void> {
  const name = 'up__work'
  const params = { name, arguments: { n }, _meta: ENVELOPE }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: modernHeaders(token, 'tools/call', name),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: n,
        method: 'tools/call',
        params,
      }),
    })
    const body = await response.text()
    if (!body.includes('done')) return
    answered.set(n, response.headers.get('x-request-id') ?? '')
  } catch {
    await setTimeout(1)
  }
}

async function verify(
  folder: string,
  when: string,
): Promise<readonly string[]> {
  const { code, stdout } = await runHere(['audit', 'verify', '--cwd', folder])
  return code === 0 ? [] : [`${when}: ${stdout}`]
}

type Row = Readonly<Record<string, unknown>>

function readAll(folder: string): readonly Row[] {
  return listFiles(folder).flatMap((name) =>
    readFileSync(join(folder, 'audit', name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row),
  )
}

function listFiles(folder: string): readonly string[] {
  return listTrail('gateway.jsonl', readdirSync(join(folder, 'audit')))
}

function compare(records: readonly Row[], books: Books): readonly string[] {
  const intended = new Map<unknown, unknown>()
  const ended = new Set<unknown>()
  for (const { event, requestId, arguments: args } of records) {
    if (event === 'intent') intended.set((args as { n: number }).n, requestId)
    if (event === 'outcome') ended.add(requestId)
  }
  const faults: string[] = []
  for (const n of books.forwarded) {
    if (!intended.has(n)) faults.push(`call ${n} was forwarded without intent`)
  }
  for (const [n, requestId] of books.answered) {
    if (intended.get(n) !== requestId) faults.push(`answer ${n} has no intent`)
    if (!ended.has(requestId)) faults.push(`answer ${n} has no outcome`)
  }
  return faults
}

// `npm run trial:bounds`: every method with 4 MiB of every shape, by one token,
// beside another token's calls and a revocation.
// In: perhaps --json, --bytes N, --step N, --seed N. Out: a report; 1 where a
// bar is broken. Speed is held against the same bytes sent to a server that
// drops them, so that the machine and this script do not count.

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { stdout } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { deriveToken, ensureKey } from '../../src/runtime/base/key.ts'
import { ask } from '../harness/bounds/ask.ts'
import { timeRevocation } from '../harness/bounds/revoker.ts'
import { listMessages } from '../harness/bounds/shapes.ts'
import { serveWatched } from '../harness/bounds/watched.ts'
import { makeFolder } from '../harness/process.ts'
import { json, startRawServer } from '../harness/raw-server.ts'
import { issue } from '../harness/served.ts'
import { ENVELOPE, modernHeaders } from '../harness/wire.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    bytes: { type: 'string', default: String(4 * 1024 * 1024 - 2_048) },
    step: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(randomInt(40)) },
  },
})
const [bytes, step, seed] = [values.bytes, values.step, values.seed].map(
  Number,
) as [number, number, number]

const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }

/** So many requests of one attacker's token before its refusals are folded. */
const EACH = 40

const server = await startRawServer(owner, {
  work: ({ id }, response) => json(response, { id, result: { content: [] } }),
})
const attackers = Array.from({ length: 200 }, () =>
  issue({ subject: 'attacker', roles: ['all'] }),
)
const good = issue({ subject: 'good', roles: ['all'] })
const grants = Object.fromEntries(
  [...attackers, good].map(({ id, record }) => [id, record]),
)
const config = {
  servers: { raw: { type: 'http', url: server.url } },
  roles: { all: { allow: { raw: ['*', { resource: '*' }, { prompt: '*' }] } } },
  tokens: { grants },
}
const folder = makeFolder(owner, {
  'gateway.config.json': JSON.stringify(config),
})
const { gateway, readMemory } = await serveWatched(owner, folder)
const sink = createServer((request, response) => {
  request.resume().on('end', () => response.end())
}).listen(0, '127.0.0.1')
await once(sink, 'listening')
ends.unshift(() => sink.close())
const sinkUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`
const file = join(folder, 'audit/gateway.jsonl')
const agent = new Agent({ keepAlive: true })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

const call = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'raw__work', arguments: {}, _meta: ENVELOPE },
})

/** Milliseconds of one granted call. */
async function time(token: string): Promise<number> {
  const began = performance.now()
  const headers = modernHeaders(token, 'tools/call', 'raw__work')
  await ask(gateway.url, headers, call, agent)
  return performance.now() - began
}

function quantile(all: readonly number[], share: number): number {
  const sorted = [...all].sort((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0
}

async function openSession(token: string): Promise<string> {
  const params = {
    protocolVersion: '2025-03-26',
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  }
  const first = { jsonrpc: '2.0', id: 1, method: 'initialize', params }
  const body = JSON.stringify(first)
  return (await ask(gateway.url, bearer(token), body)).session
}

const round = (value: number) => Math.round(value * 10) / 10

const messages = listMessages('', bytes).filter(
  (_, at) => at % step === seed % step,
)
/** What another token waits beside messages to a server that drops them. */
async function measureMachine(): Promise<number[]> {
  const times: number[] = []
  for (const { write } of messages) {
    const told = ask(sinkUrl, {}, write())
    times.push(await time(good.token))
    await told
  }
  return times
}

let most = { bytes: 0, name: '' }
let longest = { ms: 0, name: '' }
const beside: number[] = []

async function attack(): Promise<void> {
  let session = ''
  for (const [at, { name, headers, write }] of messages.entries()) {
    const { token } = attackers[Math.floor(at / EACH) % 199] as typeof good
    if (at % EACH === 0) session = await openSession(token)
    const own = 'mcp-session-id' in headers ? { 'mcp-session-id': session } : {}
    const body = write()
    const before = statSync(file).size
    const began = performance.now()
    const all = { ...headers, ...own, ...bearer(token) }
    const told = ask(gateway.url, all, body).catch(() => undefined)
    const other = await time(good.token)
    beside.push(other)
    await told
    const ms = performance.now() - began
    if (ms > longest.ms) longest = { ms: round(ms), name }
    // The other token's call is two records of its own.
    const grown = statSync(file).size - before - CALL_BYTES
    if (grown > most.bytes) most = { bytes: grown, name }
  }
}

const settle = async () => {
  for (let at = 0; at < 400; at++) await time(good.token)
  await setTimeout(1_000)
}

await settle()
const before = statSync(file).size
await time(good.token)
const CALL_BYTES = statSync(file).size - before
// The first round makes room for bodies of this size, and what is called often
// is compiled; the first request for a route loads the router. Later ones must
// need no more.
await ask(`${gateway.adminUrl}/revoke`, bearer(''), '{}')
await attack()
await settle()
const first = await readMemory()
const machine = await measureMachine()
beside.length = 0
longest = { ms: 0, name: '' }
const victim = attackers[199] as typeof good
const { url, adminUrl } = gateway
const admin = deriveToken(ensureKey(join(folder, 'gateway.key')), 'admin')
const revoking = timeRevocation({
  ...{ url, adminUrl, admin, afterMs: 500 },
  ...{ id: victim.id, token: victim.token },
})
await attack()
const { inForceMs, answeredMs } = await revoking
await settle()
const second = await readMemory()
const p99 = {
  machine: round(quantile(machine, 0.99)),
  beside: round(quantile(beside, 0.99)),
}
const grow = (from: number, to: number) => round((to / from - 1) * 100)
const growth = {
  resident: grow(first.resident, second.resident),
  held: grow(first.held, second.held),
}
const broken = Object.entries({
  audit: most.bytes > 4_096,
  memory: growth.held > 10,
  revocation: Math.max(inForceMs, answeredMs) > 1_000,
  p99: p99.beside > 2 * p99.machine,
}).flatMap(([bar, isBroken]) => (isBroken ? [bar] : []))
const report = {
  seed,
  requests: 2 * messages.length,
  auditBytesMost: most,
  memoryMiB: { first, second },
  growthPercent: growth,
  revocationMs: { inForce: inForceMs, answered: answeredMs },
  p50Ms: {
    machine: round(quantile(machine, 0.5)),
    beside: round(quantile(beside, 0.5)),
  },
  p99Ms: p99,
  longestMs: longest,
  broken,
}
for (const end of ends) await end()
agent.destroy()
stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${JSON.stringify(report, null, 2)}\n`,
)
process.exitCode = broken.length === 0 ? 0 : 1

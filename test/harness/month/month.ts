// Thirty days of a gateway, lived through in seconds: real calls over loopback
// to real servers, on a clock that is moved.
// In: a folder, a seed. Out: its config, tokens, lock, key and audit trail.
// INVARIANT: every record is what a gateway wrote; a seed gives the same
// month, but for the ids of its requests.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { compile } from '../../../src/compile.ts'
import { type Gateway, startGateway } from '../../../src/runtime/gateway.ts'
import { lockServer } from '../lock.ts'
import { type ModernServer, startModernServer } from '../modern-server.ts'
import type { Owner } from '../process.ts'
import { makeChance } from '../trail/chance.ts'
import { type HeldClock, holdClock, KEY } from '../trail/make.ts'
import { ENVELOPE, modernHeaders, send, type WireAnswer } from '../wire.ts'
import { type PlannedCall, planCalls } from './calls.ts'
import { TOOLS } from './cast.ts'
import { issueTokens, writeConfig, writeLock } from './config.ts'

/** When the month is over, and the questions are asked. */
export const END = '2026-11-30T18:00:00.000Z'

/** The document's. */
export const SEED = 7

const BEGIN = '2026-11-01T00:00:00.000Z'

export interface Month {
  readonly clock: HeldClock
  /** By subject. */
  readonly tokens: Readonly<Record<string, string>>
  readonly calls: number
  /** The config, with addresses at which the servers answer. */
  readonly config: string
  /** Serves a folder as it is, but for where the servers are; they are up for
   * as long as their owner lives. */
  serve(folder: string): Promise<Gateway>
  /** Ends a server before that. */
  close(server: string): Promise<void>
  call(gateway: Gateway, planned: PlannedCall): Promise<WireAnswer>
}

export async function liveMonth(
  t: Owner,
  folder: string,
  seed: number,
): Promise<Month> {
  const clock = holdClock(BEGIN)
  const latency = makeChance(seed + 1)
  const servers: Record<string, ModernServer> = {}
  for (const name of Object.keys(TOOLS)) {
    const server = await startModernServer(t, {
      tools: lockServer(TOOLS[name] ?? {}).tools,
      now: clock.now,
      answer: () => {
        clock.time += 40 + latency(name === 'warehouse' ? 4_000 : 400)
        const content = [{ type: 'text', text: 'done' }]
        return { result: { content, resultType: 'complete' } }
      },
    })
    servers[name] = server
  }
  const { text, tokens } = issueTokens(makeChance(seed))
  const write = (name: string, text: string, mode = 0o644) =>
    writeFileSync(join(folder, name), text, { mode })
  write('gateway.tokens.toml', text)
  write('gateway.lock.json', writeLock())
  write('gateway.key', `${KEY.toString('base64url')}\n`, 0o600)
  const shown = writeConfig((name) => `https://${name}.example/mcp`)
  write('gateway.config.ts', shown)

  const config = writeConfig((name) => servers[name]?.url ?? '')
  const serve = async (root: string) => {
    const file = join(root, 'gateway.config.ts')
    const asItIs = readFileSync(file)
    writeFileSync(file, config)
    const now = clock.now()
    const compiled = await compile({ cwd: root, now, places: 'always' })
    writeFileSync(file, asItIs)
    const { artefact } = compiled
    if (!artefact) throw new Error(JSON.stringify(compiled.diagnostics))
    const gateway = await startGateway({
      artefact,
      root,
      version: '0.0.0-test',
      log: pino({ level: 'silent' }),
      env: {},
      clock,
      port: 0,
      adminPort: 0,
    })
    await gateway.ready()
    return gateway
  }

  const call = (gateway: Gateway, planned: PlannedCall) => {
    clock.time = Math.max(clock.time, planned.at)
    return sendCall(gateway.url, tokens[planned.by] ?? '', planned)
  }

  const plan = planCalls(makeChance(seed + 2))
  const gateway = await serve(folder)
  for (const planned of plan) await call(gateway, planned)
  clock.time = Date.parse(END)
  await gateway.close()
  const close = async (name: string) => servers[name]?.close()
  return { clock, tokens, calls: plan.length, config, serve, close, call }
}

function sendCall(
  url: string,
  token: string,
  { name, args, client, conversation }: PlannedCall,
): Promise<WireAnswer> {
  const clientInfo = { name: client, version: '1.0.0' }
  const _meta = {
    ...ENVELOPE,
    'io.modelcontextprotocol/clientInfo': clientInfo,
  }
  const params = { name, arguments: args, _meta }
  return send(url, {
    headers: {
      ...modernHeaders(token, 'tools/call', name),
      traceparent: `00-${conversation}-${conversation.slice(0, 16)}-01`,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params,
    }),
  })
}

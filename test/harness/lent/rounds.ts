// Many large calls at once that take more than one request each.
// In: how many, a seed. Out: what somebody got wrongly, and counts.
// INVARIANT: every byte of every answer, question, reply and call is checked, and
// what the audit shows of the arguments.

import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Test } from 'tap'
import { deriveKey, readKey } from '../../../src/runtime/base/key.ts'
import { type Dice, rollFrom } from '../crosstalk/dice.ts'
import { issue, type Served, serveConfig } from '../served.ts'
import { until } from '../until.ts'
import { findDifference } from './keystream.ts'
import { openRounds, type Result, type RoundsClient } from './rounds-client.ts'
import { startRoundsServer } from './rounds-server.ts'
import {
  type Given,
  SECRET,
  WAYS,
  type Way,
  writeFill,
  writeText,
} from './rounds-texts.ts'

export interface Load {
  readonly clients: number
  readonly calls: number
  readonly seed: number
  /** Bytes of a text. */
  readonly longest: number
}

export interface Tally {
  answered: number
  failed: number
  left: number
  readonly faults: string[]
  readonly counts: Readonly<Record<string, number>>
}

const SERVERS = ['legacy', 'signed', 'modern', 'shared'] as const

/** Every so many calls the table is another. */
const SWAPS = 40

function writeConfig(origin: string, clients: number, round: number) {
  const room = {
    breaker: { failures: 1_000_000 },
    concurrency: 2 * clients,
    queue: 2 * clients,
    maxSessions: 8 * clients,
    requests: ['elicitation', 'sampling'],
    // Another server, as far as the table goes.
    timeout: `${60 + (round % 2)}s`,
  }
  const http = (path: string) => ({
    ...room,
    type: 'http',
    url: `${origin}/${path}`,
    headers: { 'x-key': { secret: 'file:key.secret' } },
  })
  const client = { id: 'gw', secret: { secret: 'file:gw.secret' } }
  const auth = { type: 'clientCredentials', issuer: origin, client }
  const all = ['*', { prompt: '*' }, { resource: '*' }]
  const allow = { legacy: all, signed: ['*'], modern: ['*'], shared: ['*'] }
  const { headers: _, ...signed } = http('signed/mcp')
  return {
    servers: {
      legacy: http('legacy/mcp'),
      signed: { ...signed, auth },
      shared: { ...http('legacy/mcp'), isolation: 'shared', requests: [] },
      modern: http('modern/mcp'),
    },
    roles: { all: { allow } },
    audit: { arguments: 'values' },
    drain: '5s',
  }
}

const FILES = { 'key.secret': SECRET, 'gw.secret': 'a-secret-of-the-gateway' }

export async function runRounds(
  t: Pick<Test, 'teardown'>,
  { clients, calls, seed, longest }: Load,
): Promise<Tally> {
  const server = await startRoundsServer(t, seed)
  const { origin, faults, counts } = server
  const tokens = Array.from({ length: 4 }, (_, i) =>
    issue({ subject: `s${i}`, roles: ['all'] }),
  )
  const config = writeConfig(origin, clients, 0)
  const served = await serveConfig(t, config, tokens, undefined, FILES)
  const { url } = served.gateway
  const tally: Tally = { answered: 0, failed: 0, left: 0, faults, counts }
  const known = new Map<string, string>()
  const key = deriveKey(
    readKey(join(served.folder, 'gateway.key')),
    'arguments',
  )
  const sign = (text: string) =>
    createHmac('sha256', key).update(text).digest('hex')
  let done = 0
  let swap = Promise.resolve()
  const open = await Promise.all(
    Array.from({ length: clients }, (_, i) => {
      const token = tokens[i % 4]?.token ?? ''
      return openRounds(url, token, `c${i}:`, i % 2 === 0, faults)
    }),
  )
  const act = async (client: RoundsClient, i: number) => {
    const dice = rollFrom(seed * 1_000 + i)
    for (let n = 1; n <= Math.ceil(calls / clients); n++) {
      if (faults.length > 20) break
      const trial = makeTrial(`c${i}:${n}`, client.isModern, dice, longest)
      const text = JSON.stringify(trial.given)
      known.set(sign(text), text)
      await attempt(client, trial, dice, tally)
      if (++done % SWAPS !== 0) continue
      const next = writeConfig(origin, clients, done / SWAPS)
      swap = swap.then(() => served.reload(next))
      await swap
    }
  }
  await Promise.all(open.map(act))
  await drain(served, open, tally, longest)
  judgeAudit(served, known, faults)
  return tally
}

interface Trial {
  readonly given: Given
  readonly act: (typeof ACTS)[number]
  readonly server: (typeof SERVERS)[number]
}

const ACTS = ['call', 'call', 'call', 'call', 'must', 'read', 'prompt'] as const

function makeTrial(
  nonce: string,
  isModern: boolean,
  dice: Dice,
  longest: number,
): Trial {
  const way = WAYS[dice.below(WAYS.length)] as Way
  const act = ACTS[dice.below(ACTS.length)] as Trial['act']
  const lengths = {
    asked: String(chooseSize(dice, longest)),
    replied: String(chooseSize(dice, longest)),
    // Of base64, where it is a blob.
    wanted: String(4 * Math.ceil(chooseSize(dice, longest) / 4)),
    size: String(chooseSize(dice, longest)),
  }
  const rough = { nonce, way, ...lengths, fill: '' }
  const given = { ...rough, fill: writeFill(rough) }
  const chosen = SERVERS[dice.below(SERVERS.length)] ?? 'legacy'
  // A legacy client does not wait for a task by itself.
  const isPlain = act === 'call' || (act === 'must' && !isModern)
  return {
    given,
    act: isPlain ? 'call' : act,
    server: isPlain ? chosen : 'legacy',
  }
}

/** Mostly near the size from which memory is lent. */
function chooseSize(dice: Dice, longest: number): number {
  if (dice.chance(0.15)) return 1 + dice.below(2_000)
  if (dice.chance(0.3)) return 65_100 + dice.below(500)
  return 60_000 + dice.below(dice.chance(0.2) ? longest : longest / 8)
}

async function attempt(
  client: RoundsClient,
  { given, act, server }: Trial,
  dice: Dice,
  tally: Tally,
): Promise<void> {
  const what = `${given.nonce} ${act} ${given.way} ${server}`
  const abort = new AbortController()
  const leaves = act === 'call' && dice.chance(0.1)
  if (leaves) void setTimeout(dice.below(60)).then(() => abort.abort())
  try {
    if (act === 'read') {
      const { nonce, wanted } = given
      const got = await client.read(`it:${nonce}/${wanted}`)
      judgeText(what, got, writeText(given), tally)
    } else if (act === 'prompt') {
      judgeText(what, await client.prompt(given), writeText(given), tally)
    } else {
      const typed = given.way === 'structured' && server !== 'modern'
      const tool = act === 'must' ? act : typed ? 'typed' : 'call'
      const name = `${server}__${tool}`
      const result = await client.call(name, given, abort.signal)
      judgeResult(what, given, result, server, tally)
    }
  } catch (error) {
    if (abort.signal.aborted) tally.left++
    else judgeFailure(what, given, String(error), tally)
  }
}

function judgeText(what: string, got: string, wanted: string, tally: Tally) {
  const fault = findDifference(got, wanted)
  if (fault) tally.faults.push(`${what} was answered: ${fault}`)
  else tally.answered++
}

function judgeResult(
  what: string,
  given: Given,
  { content, isError = false, structuredContent }: Result,
  server: string,
  tally: Tally,
): void {
  const text = String(content[0]?.text)
  const wanted = writeText(given)
  if (isError && given.way === 'failed' && text.length > wanted.length) {
    const last = server === 'signed' ? SECRET : '[redacted]'
    return judgeText(what, text, `${wanted} ${last}`, tally)
  }
  if (isError) return judgeFailure(what, given, text, tally)
  judgeText(what, text, wanted, tally)
  const typed = Object(structuredContent).text
  if (typed !== undefined) judgeText(what, typed, wanted, tally)
}

/** Ways that may fail; a refused token fails others too. */
const FAILING: readonly Way[] = ['busy', 'broken', 'gone', 'refused']

function judgeFailure(
  what: string,
  { way }: Given,
  text: string,
  tally: Tally,
): void {
  tally.failed++
  const mayFail =
    FAILING.includes(way) || /session|sign|401|404|ended|gone/.test(text)
  if (mayFail && text.length < 2_000) return
  tally.faults.push(`${what} failed: ${text.slice(0, 300)}`)
}

/** The gateway stops while calls are under way. */
async function drain(
  { gateway }: Served,
  open: readonly RoundsClient[],
  tally: Tally,
  longest: number,
): Promise<void> {
  const last = open.map(async (client, i) => {
    const dice = rollFrom(i)
    const way = 'slow'
    const trial = makeTrial(`c${i}:last`, client.isModern, dice, longest)
    const given = { ...trial.given, way, nonce: `c${i}:last` } as const
    const whole = { ...trial, given, act: 'call', server: 'legacy' } as const
    const before = tally.faults.length
    await attempt(client, whole, { ...dice, chance: () => false }, tally)
    // One that came too late is refused.
    const late = /503|fetch failed|drain|clos/i
    const fresh = tally.faults.splice(before)
    tally.faults.push(...fresh.filter((one) => !late.test(one)))
  })
  const begun = () => tally.counts['answered slow'] ?? 0
  const before = begun()
  await until(() => begun() >= before + open.length / 2, 'some are under way')
  await Promise.all([gateway.close(), ...last])
  await Promise.all(open.map((client) => client.close()))
}

function judgeAudit(
  served: Served,
  known: ReadonlyMap<string, string>,
  faults: string[],
): void {
  const records = served.records()
  for (const { event, arguments: given, target } of records as never[]) {
    const { hmac, truncated } = Object(given)
    if (event !== 'intent' || hmac === undefined) continue
    const text = known.get(hmac)
    if (text?.startsWith(truncated.slice(0, -8))) continue
    if (/last/.test(truncated)) continue
    faults.push(`the audit has ${target} ${String(truncated).slice(0, 100)}`)
  }
}

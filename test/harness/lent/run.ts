// Many large calls at once, of which each has its own bytes.
// In: how many, how often, a seed. Out: what somebody got wrongly, and counts.
// INVARIANT: every byte of every answer, and of every call that a server reads,
// is checked; so is the digest of its arguments in the audit.

import { createHmac } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import { deriveKey, readKey } from '../../../src/runtime/base/key.ts'
import { writeRevocation } from '../../../src/table/revoked.ts'
import { type Dice, rollFrom } from '../crosstalk/dice.ts'
import { issue, serveConfig } from '../served.ts'
import {
  chooseManner,
  type Era,
  type Heard,
  isAnswer,
  LentClient,
  type Manner,
} from './client.ts'
import { findDifference, writeStream } from './keystream.ts'
import {
  type Given,
  program,
  startLentServer,
  WAYS,
  type Way,
  writeFill,
  writeText,
} from './server.ts'

export interface Load {
  readonly clients: number
  readonly calls: number
  readonly seed: number
  /** Bytes of a text. */
  readonly longest: number
  /** Of the listener, if it has TLS. */
  readonly tls?: {
    readonly ca: string
    readonly files: Readonly<Record<string, string>>
  }
}

export interface Tally {
  answered: number
  /** Whose client went away, or lost its token. */
  left: number
  readonly faults: string[]
}

const SERVERS = ['session', 'shared', 'pipe'] as const
const ERAS: readonly Era[] = ['modern', 'legacy', 'modern', 'legacy', 'batches']

/** Of the clients, every so many lose their token in the middle. */
const DOOMED = 7

export async function runLent(
  t: Pick<Test, 'teardown'>,
  { clients, calls, seed, longest, tls }: Load,
): Promise<Tally> {
  const server = await startLentServer(t, seed)
  const tokens = Array.from({ length: 4 }, (_, i) =>
    issue({ subject: `s${i}`, roles: ['all'] }),
  )
  const breaker = { failures: 1_000_000 }
  const room = {
    breaker,
    concurrency: clients,
    queue: clients,
    maxSessions: 4 * clients,
  }
  const http = { ...room, type: 'http', url: server.url }
  const config = {
    ...(tls && { listen: { tls: { cert: 'cert.pem', key: 'key.pem' } } }),
    servers: {
      session: { ...http, isolation: 'session' },
      shared: { ...http, isolation: 'shared' },
      pipe: {
        ...room,
        type: 'stdio',
        command: process.execPath,
        args: [program],
        isolation: 'shared',
      },
    },
    roles: {
      all: { allow: Object.fromEntries(SERVERS.map((name) => [name, ['*']])) },
    },
    audit: { arguments: 'digest' },
  }
  const served = await serveConfig(t, config, tokens, undefined, tls?.files)
  const { gateway, folder } = served
  const tally: Tally = { answered: 0, left: 0, faults: server.faults }
  const key = deriveKey(readKey(join(folder, 'gateway.key')), 'arguments')
  const digests = new Map<string, boolean>()
  let done = 0
  const doomed = tokens[3]
  await Promise.all(
    Array.from({ length: clients }, async (_, i) => {
      const dice = rollFrom(seed * 1_000 + i)
      const isDoomed = i % DOOMED === DOOMED - 1
      const token = (isDoomed ? doomed : tokens[i % 3])?.token ?? ''
      const era = ERAS[i % ERAS.length] as Era
      const client = new LentClient(gateway.url, token, era, dice, tls?.ca)
      await client.open()
      for (let n = 1; n <= Math.ceil(calls / clients); n++) {
        if (tally.faults.length > 20) break
        const trial = makeTrial(`c${i}:${n}`, n, era, dice, longest)
        for (const { given } of trial.calls) {
          const text = JSON.stringify(given)
          digests.set(
            createHmac('sha256', key).update(text).digest('hex'),
            false,
          )
        }
        const heard = await client.call(trial.calls, trial.manner)
        judge(trial, heard, isDoomed, tally)
        if (++done === calls >> 1 && doomed) {
          const line = { kind: 'token', value: doomed.id, before: Date.now() }
          appendFileSync(
            join(folder, 'gateway.revoked'),
            writeRevocation(line as never),
          )
        }
      }
      client.close()
    }),
  )
  for (const { event, arguments: given } of served.records()) {
    const { hmac } = Object(given)
    if (event !== 'intent' || hmac === undefined) continue
    if (!digests.has(hmac)) tally.faults.push(`the audit has ${hmac}`)
    digests.set(hmac, true)
  }
  const recorded = [...digests.values()].filter(Boolean).length
  if (recorded < tally.answered) {
    tally.faults.push(`${recorded} digests of ${tally.answered} calls`)
  }
  return tally
}

interface Trial {
  readonly manner: Manner
  readonly calls: readonly {
    readonly id: number
    readonly given: Given
    readonly params: object
  }[]
}

function makeTrial(
  name: string,
  n: number,
  era: Era,
  dice: Dice,
  longest: number,
): Trial {
  const count = era === 'batches' ? 1 + dice.below(3) : 1
  const calls = Array.from({ length: count }, (_, at) => {
    const nonce = `${name}:${at}`
    const way = WAYS[dice.below(WAYS.length)] as Way
    const wanted = chooseSize(dice, longest / count)
    const share = longest / count
    // So much that it does not fit between the gateway and the server.
    const size =
      way === 'ahead'
        ? Math.floor(share) - dice.below(share / 4)
        : chooseSize(dice, share)
    const fill = writeFill({ nonce, size })
    const given = { nonce, way, wanted, size, fill }
    const server = SERVERS[dice.below(SERVERS.length)]
    const params = { name: `${server}__call`, arguments: given }
    return { id: 10 * n + at, given, params }
  })
  return { manner: chooseManner(dice), calls }
}

/** Mostly near the size from which memory is lent. */
function chooseSize(dice: Dice, longest: number): number {
  if (dice.chance(0.15)) return 1 + dice.below(2_000)
  if (dice.chance(0.3)) return 65_100 + dice.below(500)
  return (
    60_000 + dice.below(Math.floor(dice.chance(0.2) ? longest : longest / 8))
  )
}

const LEAVING: readonly Manner[] = ['sends half', 'reads half', 'breaks']

/** Ways whose answer may be a failure. */
const FAILING: readonly Way[] = ['cut', 'early', 'refused', 'doubled', 'paused']

function judge(
  { manner, calls }: Trial,
  heard: Heard,
  isDoomed: boolean,
  tally: Tally,
): void {
  const answers = new Map(
    heard.messages.filter(isAnswer).map((one) => [one.id, one]),
  )
  const known = new Map(calls.map(({ id, given }) => [id, given]))
  for (const message of heard.messages) {
    // Its token was taken away.
    if (isDoomed && message.id === null) continue
    const fault = isAnswer(message)
      ? judgeAnswer(known.get(message.id as number), message)
      : judgeNotice(known, message)
    if (fault) tally.faults.push(`${manner} ${fault}`)
  }
  for (const { id, given, params } of calls) {
    if (answers.has(id)) tally.answered++
    else if (LEAVING.includes(manner) || isDoomed) tally.left++
    else {
      const { name } = Object(params)
      const { status, isWhole, messages } = heard
      tally.faults.push(
        `${given.nonce} ${given.way} ${name} ${manner}: no answer, ${status} ${isWhole} ${messages.length}`,
      )
    }
  }
}

function judgeAnswer(
  given: Given | undefined,
  { id, result, error }: Record<string, unknown>,
): string | undefined {
  if (!given)
    return `an answer to ${id}: ${JSON.stringify(error)?.slice(0, 200)}`
  const { nonce, way } = given
  const { content, isError = false, ...more } = Object(result)
  const text = content?.[0]?.text ?? Object(error).data
  if (text === writeText(given)) {
    const isAlone = content === undefined || content.length === 1
    const isPlain = isDeepStrictEqual(
      { ...more, resultType: 'complete' },
      { resultType: 'complete' },
    )
    const failed = isError || error !== undefined
    const fails = ['failed', 'error', 'refused'].includes(way)
    if (isAlone && isPlain && (failed === fails || failed === false)) return
    return `${nonce} ${way}: ${JSON.stringify({ ...more, isError })}`
  }
  const isFailure = isError && FAILING.includes(way)
  if (isFailure && String(text).length < 2_000) return
  const difference = findDifference(String(text), writeText(given))
  return `${nonce} ${way} was answered: ${difference}`
}

function judgeNotice(
  known: ReadonlyMap<number, Given>,
  { params }: Record<string, unknown>,
): string | undefined {
  const { progressToken, progress, message } = Object(params)
  const given = known.get(progressToken)
  if (!given) return `a notice about ${progressToken}`
  const expected = writeStream(`${given.nonce} ${progress}`, 70_000)
  const difference = findDifference(String(message), expected)
  return difference && `${given.nonce} progress: ${difference}`
}

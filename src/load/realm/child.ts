// The program of the sealed child: evaluates a bundle twice, and answers.
// In: the engine's WebAssembly and a bundle. Out: one Answer on descriptor 3.
// INVARIANT: the answer depends only on the bundle: each round has its own
// engine, clock, random numbers and time zone, and none of the host's.

import { writeSync } from 'node:fs'
import { compileEngine, evaluateOnce } from './engine.ts'

const ANSWER = 3

/** Bytes: a round that needs little memory leaves little behind. */
const MUCH = 128 * 2 ** 20

/** The two clocks differ in every unit. */
const WORLDS = Object.freeze([
  { now: Date.UTC(2001, 1, 3, 4, 5, 6, 789), zone: 'UTC' },
  { now: Date.UTC(2038, 9, 22, 17, 48, 51, 123), zone: 'Pacific/Chatham' },
])

/** Milliseconds of both rounds: `time` of CPU, `wall` for what the engine does
 * not interrupt. Ends early if the parent has ended. */
export async function run(
  engine: Uint8Array,
  bundle: string,
  time: number,
  wall: number,
): Promise<void> {
  answer(await evaluateTwice(compileEngine(engine), bundle, time, wall))
}

/** Changes the clock and the time zone of this process. */
export async function evaluateTwice(
  wasm: ReturnType<typeof compileEngine>,
  bundle: string,
  time: number,
  wall: number,
): Promise<string> {
  const begun = process.cpuUsage()
  const end = performance.now() + wall
  const parent = process.ppid
  const overdue = () => {
    const { user, system } = process.cpuUsage(begun)
    return user + system > time * 1000 || process.ppid !== parent
  }
  const rounds: string[] = []
  for (const [round, { now, zone }] of WORLDS.entries()) {
    // The engine imports only these two functions from its host.
    process.env.TZ = zone
    Date.now = () => now
    rounds.push(await evaluateOnce(wasm, bundle, round, { overdue, end }))
    // The memory of the first engine is released before the second begins.
    if (process.memoryUsage.rss() > MUCH) globalThis.gc?.()
  }
  const [first = '', second = ''] = rounds
  return first === second ? first : compare(first, second)
}

/** The first place where two answers differ; missing values come first. */
function compare(first: string, second: string): string {
  const answers = [first, second].map((text) => JSON.parse(text) as object)
  const odd = answers.findIndex((one) => !('value' in one))
  if (odd >= 0) return odd === 0 ? first : second
  const differs = findDifference(answers[0], answers[1], '')
  return JSON.stringify({ differs: differs?.replace(/^\/\w+/, '') ?? '' })
}

function findDifference(
  a: unknown,
  b: unknown,
  pointer: string,
): string | undefined {
  if (Object.is(a, b)) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return pointer
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) {
    const [left, right] = [a, b].map((one) => Reflect.get(one, key) as unknown)
    const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1')
    const found = findDifference(left, right, `${pointer}/${escaped}`)
    if (found !== undefined) return found
  }
  return undefined
}

function answer(text: string): void {
  const bytes = Buffer.from(text)
  for (let sent = 0; sent < bytes.length; ) {
    sent += writeSync(ANSWER, bytes, sent)
  }
}

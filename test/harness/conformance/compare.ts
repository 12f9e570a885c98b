// Suites, direct and through the gateway, held against the expected failures.
// In: which suites, which side. Out: one outcome per suite and side.
// INVARIANT: through is measured against direct, so direct always runs too.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../gateway.ts'
import { runAuthorizationSuite } from './authorization.ts'
import { folder, installSuite } from './install.ts'
import {
  type Count,
  countChecks,
  type Entries,
  type Expected,
  findProblems,
  judge,
  listOdd,
  type Problems,
  type Verdict,
  writeEntries,
} from './judge.ts'
import { type Results, runClientSuite, runServerSuite } from './run.ts'
import { startPlayer } from './start-player.ts'
import { SUITES } from './suites.ts'
import { startTargets, type Targets } from './targets.ts'

export type Side = keyof Expected

export interface Outcome {
  readonly suite: string
  readonly side: Side
  readonly results: Results
  readonly count: Count
  readonly problems: Problems
  readonly verdict: Verdict
  /** Scenarios that were run again, once for each time. */
  readonly again: readonly string[]
}

interface Request {
  readonly suites: readonly string[]
  /** None: all of each suite. */
  readonly scenarios?: readonly string[]
  /** Of bridges these alone, where the others are run whole. */
  readonly bridged?: readonly string[]
  readonly sides?: readonly Side[]
  readonly expected: Expected
  readonly signal?: AbortSignal
}

const file = join(folder, 'expected-failures.json')

export const readExpected = (): Expected =>
  JSON.parse(readFileSync(file, 'utf8'))

export async function runSuites(request: Request): Promise<readonly Outcome[]> {
  const { suites, scenarios = [], bridged = scenarios, expected } = request
  const { sides = ['direct', 'through'] } = request
  const tools = { ...(await installSuite()), signal: request.signal }
  const ends: (() => unknown)[] = []
  const owner = { teardown: (end: () => unknown) => void ends.push(end) }
  try {
    let started: Promise<Targets> | undefined
    const findTargets = () => (started ??= startTargets(owner))
    let listening: Promise<string> | undefined
    const findPlayer = () => (listening ??= startPlayer(owner))
    const outcomes: Outcome[] = []
    const wanted = SUITES.filter(({ name }) => suites.includes(name))
    const known = new Map<string, Results>()
    for (const suite of wanted) {
      const { name, mode, bridge, release, all: what, as } = suite
      const run = async (side: Side, names: readonly string[]) => {
        if (mode === 'authorization server') {
          return pick(await runAuthorizationSuite(tools, suite, side), names)
        }
        if (mode === 'client') {
          return runClientSuite(tools, suite, side, names, await findPlayer())
        }
        const targets = await findTargets()
        const isBridged = bridge && side === 'through'
        const url = isBridged ? await targets.bridge(bridge) : targets[side]
        return runServerSuite(tools, suite, url, names)
      }
      const often = as ? 'at all' : 'as often'
      const entriesOf = (side: Side) => expected[side][name] ?? {}
      const few = bridge ? bridged : scenarios
      // A bridge is held against what its requirements gave direct.
      const key = what ? [release, ...what].join(' ') : name
      const before = known.get(key)
      const direct = before
        ? { results: pick(before, few), again: [] }
        : await runSide(run, 'direct', few, entriesOf('direct'))
      if (!before) known.set(key, direct.results)
      // It has none of the scenarios that were asked for.
      if (direct.results.size === 0) continue
      const all = { direct, through: direct }
      if (sides.includes('through')) {
        const own = few.length > 0 ? [...direct.results.keys()] : few
        const entries = entriesOf('through')
        const { results } = direct
        const reference = { results, often } as const
        all.through = await runSide(run, 'through', own, entries, reference)
      }
      for (const side of sides) {
        const { results, again } = all[side]
        const reference = side === 'through' ? direct.results : undefined
        const problems = findProblems(results, reference, often)
        const ran = new Set(direct.results.keys())
        const verdict = judge(problems, entriesOf(side), ran)
        const count = countChecks(results, often)
        outcomes.push({
          ...{ suite: name, side, results, count },
          ...{ problems, verdict, again },
        })
      }
    }
    if (outcomes.length === 0) {
      throw new Error(`no such scenario in ${suites.join(', ')}`)
    }
    return outcomes
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

const pick = (results: Results, names: readonly string[]): Results =>
  names.length === 0
    ? results
    : new Map([...results].filter(([name]) => names.includes(name)))

/** How often what is not as expected is run. Direct, nothing of ours is in it;
 * a gateway must not need many. */
const RUNS: Readonly<Record<Side, number>> = { direct: 6, through: 3 }

/** Of one side. Some scenarios give a server no more than a second or so, which
 * a busy machine may need for itself: what is not as expected is run again,
 * alone, and the last run counts. */
async function runSide(
  run: (side: Side, names: readonly string[]) => Promise<Results>,
  side: Side,
  names: readonly string[],
  entries: Entries,
  direct?: {
    readonly results: Results
    readonly often: 'as often' | 'at all'
  },
): Promise<{ results: Results; again: readonly string[] }> {
  const results = new Map(await run(side, names))
  const again: string[] = []
  for (let runs = 1; runs < RUNS[side]; runs++) {
    const ran = new Set((direct?.results ?? results).keys())
    const problems = findProblems(results, direct?.results, direct?.often)
    const odd = listOdd(judge(problems, entries, ran))
    if (odd.length === 0) break
    again.push(...odd)
    for (const name of odd) {
      for (const [key, checks] of await run(side, [name])) {
        results.set(key, checks)
      }
    }
  }
  return { results, again }
}

/** Expects exactly what came out of these suites. */
export function updateExpected(outcomes: readonly Outcome[]): void {
  const { direct, through } = readExpected()
  const next = { direct: { ...direct }, through: { ...through } }
  for (const { suite, side, problems } of outcomes) {
    next[side][suite] = writeEntries(problems, next[side][suite] ?? {})
  }
  writeFileSync(file, JSON.stringify(next))
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  spawnSync(process.execPath, [biome, 'format', '--write', file])
}

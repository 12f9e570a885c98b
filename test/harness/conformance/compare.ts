// Suites, direct and through the gateway, held against the expected failures.
// In: which suites, which side. Out: one outcome per suite and side.
// INVARIANT: through is measured against direct, so direct always runs too.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../gateway.ts'
import { folder, installSuite } from './install.ts'
import {
  type Count,
  countChecks,
  type Expected,
  findProblems,
  judge,
  type Problems,
  type Verdict,
  writeEntries,
} from './judge.ts'
import { type Results, runClientSuite, runServerSuite } from './run.ts'
import { SUITES } from './suites.ts'
import { startTargets } from './targets.ts'

export type Side = keyof Expected

export interface Outcome {
  readonly suite: string
  readonly side: Side
  readonly results: Results
  readonly count: Count
  readonly problems: Problems
  readonly verdict: Verdict
}

interface Request {
  readonly suites: readonly string[]
  /** None: all of each suite. */
  readonly scenarios?: readonly string[]
  readonly sides?: readonly Side[]
  readonly expected: Expected
  readonly signal?: AbortSignal
}

const file = join(folder, 'expected-failures.json')

export const readExpected = (): Expected =>
  JSON.parse(readFileSync(file, 'utf8'))

export async function runSuites(request: Request): Promise<readonly Outcome[]> {
  const { suites, scenarios = [], expected } = request
  const { sides = ['direct', 'through'] } = request
  const tools = { node: await installSuite(), signal: request.signal }
  const ends: (() => unknown)[] = []
  const owner = { teardown: (end: () => unknown) => void ends.push(end) }
  try {
    const targets = await startTargets(owner)
    const outcomes: Outcome[] = []
    const wanted = SUITES.filter(({ name }) => suites.includes(name))
    const known = new Map<string, Results>()
    for (const suite of wanted) {
      const { mode, bridge, release, all: what } = suite
      const run = async (side: Side) => {
        if (mode === 'client') {
          return runClientSuite(tools, suite, side, scenarios)
        }
        const isBridged = bridge && side === 'through'
        const url = isBridged ? await targets.bridge(bridge) : targets[side]
        return runServerSuite(tools, suite, url, scenarios)
      }
      // A bridge is held against what its requirements gave direct.
      const key = what ? [release, ...what].join(' ') : suite.name
      const direct = known.get(key) ?? (await run('direct'))
      known.set(key, direct)
      // It has none of the scenarios that were asked for.
      if (direct.size === 0) continue
      const all = { direct, through: direct }
      if (sides.includes('through')) all.through = await run('through')
      for (const side of sides) {
        const results = all[side]
        const reference = side === 'through' ? direct : undefined
        const problems = findProblems(results, reference)
        const entries = expected[side][suite.name] ?? {}
        const verdict = judge(problems, entries, new Set(direct.keys()))
        const count = countChecks(results)
        outcomes.push({
          ...{ suite: suite.name, side, results, count },
          ...{ problems, verdict },
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

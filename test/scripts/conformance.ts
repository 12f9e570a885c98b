// `npm run conformance`: the official suite, direct and through the gateway.
// In: --only SUITE, --scenario NAME (both repeatable), --direct or --through,
// --json, --verbose, --update. Out: a table, or one JSON object.
// INVARIANT: exit code 1 for a failure that is not expected, and for an
// expected one that passes; 2 if it could not be found out.

import { parseArgs } from 'node:util'
import {
  type Outcome,
  readExpected,
  runSuites,
  type Side,
  updateExpected,
} from '../harness/conformance/compare.ts'
import { updateFigures } from '../harness/conformance/figures.ts'
import { SUITES } from '../harness/conformance/suites.ts'

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 2
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      scenario: { type: 'string', multiple: true, default: [] },
      direct: { type: 'boolean', default: false },
      through: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
    },
  })
  const { only, scenario, direct, through, json, verbose, update } = values
  const known = SUITES.map(({ name }) => name)
  for (const name of only) {
    if (known.includes(name)) continue
    throw new Error(`no suite ${name}: there are ${known.join(', ')}`)
  }
  if (update && scenario.length > 0) {
    throw new Error('--update takes whole suites')
  }
  const sides: readonly Side[] =
    direct === through ? ['direct', 'through'] : [direct ? 'direct' : 'through']
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort())
  }
  const outcomes = await runSuites({
    signal: stop.signal,
    suites: only.length > 0 ? only : known,
    scenarios: scenario,
    sides,
    expected: readExpected(),
  })
  if (update) {
    updateExpected(outcomes)
    updateFigures(outcomes)
  }
  process.stdout.write(json ? writeJson(outcomes) : writeTable(outcomes))
  const say = json ? process.stderr : process.stdout
  if (verbose) say.write(writeProblems(outcomes))
  const wrong = update ? [] : outcomes.flatMap(listWrong)
  for (const line of wrong) say.write(`${line}\n`)
  return wrong.length > 0 ? 1 : 0
}

/** Per suite, each side that was asked for; of what does not pass, why. */
function writeJson(outcomes: readonly Outcome[]): string {
  const suites: Record<string, Record<string, object>> = {}
  const expected = readExpected()
  for (const { suite, side, count, problems } of outcomes) {
    const reasons = [...problems].map(([scenario, found]) => {
      const why = expected[side][suite]?.[scenario]?.why ?? 'not expected'
      return { scenario, checks: [...found.keys()], why }
    })
    const whole = reasons.length > 0 ? { ...count, reasons } : count
    suites[suite] = { ...suites[suite], [side]: whole }
  }
  return `${JSON.stringify(suites)}\n`
}

function writeTable(outcomes: readonly Outcome[]): string {
  const head = ['suite', '', 'scenarios', 'passed', 'failed', 'problems']
  const rows = outcomes.map(({ suite, side, results, count, problems }) => [
    suite,
    side,
    results.size,
    count.passed,
    count.failed,
    // Also what is only warned of, or not reached through the gateway.
    [...problems.values()].reduce((sum, { size }) => sum + size, 0),
  ])
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) => String(cell).padEnd(at === 0 ? 22 : 12))
        .join('')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n')
}

function writeProblems(outcomes: readonly Outcome[]): string {
  const lines = outcomes.flatMap(({ suite, side, problems, again }) => [
    ...again.map((name) => `${suite} ${side}  ${name}: run once more`),
    ...[...problems].flatMap(([name, found]) =>
      [...found].map(
        ([id, said]) => `${suite} ${side}  ${name}: ${id}: ${said}`,
      ),
    ),
  ])
  return lines.map((line) => `${line}\n`).join('')
}

function listWrong({ suite, side, verdict }: Outcome): readonly string[] {
  const { unexpected, stale } = verdict
  return [
    ...unexpected.map((what) => `not expected: ${suite} ${side}  ${what}`),
    ...stale.map((what) => `expected, but passes: ${suite} ${side}  ${what}`),
  ]
}

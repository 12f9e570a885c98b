// What the results of a suite are worth, held against what is expected.
// In: checks, the expectations. Out: problems that nobody expected, and
// expectations that no longer hold.
// INVARIANT: through the gateway, a check that passes direct and is not even
// reached is a problem as much as one that fails.

import type { Check, Results } from './run.ts'

/** Scenario → which of its checks, and why. */
export type Entries = Readonly<
  Record<string, { readonly why: string; readonly checks: readonly string[] }>
>

/** Suite → its entries; `through` lists only what differs from `direct`. */
export interface Expected {
  readonly direct: Readonly<Record<string, Entries>>
  readonly through: Readonly<Record<string, Entries>>
}

export interface Count {
  readonly passed: number
  readonly failed: number
}

/** Scenario → check → what was said of it. */
export type Problems = ReadonlyMap<string, ReadonlyMap<string, string>>

export interface Verdict {
  readonly unexpected: readonly string[]
  readonly stale: readonly string[]
}

/** A client that needs more or fewer requests for the same has other numbers:
 * then each check counts once in its scenario. */
export function countChecks(
  results: Results,
  often: 'as often' | 'at all' = 'as often',
): Count {
  const all = [...results.values()].flatMap((checks) =>
    often === 'at all' ? keepWorst(checks) : checks,
  )
  const count = (status: Check['status']) =>
    all.filter((check) => check.status === status).length
  return { passed: count('SUCCESS'), failed: count('FAILURE') }
}

/** Checks that did not pass; with a reference, those that it passes: as often,
 * or at all, where a client needs fewer requests for the same. */
export function findProblems(
  results: Results,
  reference?: Results,
  often: 'as often' | 'at all' = 'as often',
): Problems {
  const problems = new Map<string, Map<string, string>>()
  for (const name of new Set([...(reference ?? results).keys()])) {
    const checks = results.get(name) ?? []
    const before = reference?.get(name) ?? []
    const found = new Map<string, string>()
    for (const id of new Set([...before, ...checks].map(({ id }) => id))) {
      const now = countOf(checks, id)
      const then = countOf(before, id)
      const enough = often === 'at all' ? Math.min(then.good, 1) : then.good
      if (now.bad <= then.bad && now.good >= enough) continue
      found.set(id, now.said ?? 'not reached; it passes direct')
    }
    if (found.size > 0) problems.set(name, found)
  }
  return problems
}

const ORDER = ['FAILURE', 'WARNING', 'SUCCESS']

/** Of each check, what was worst. */
function keepWorst(checks: readonly Check[]): readonly Check[] {
  const worst = new Map<string, Check>()
  for (const status of ORDER) {
    for (const check of checks) {
      const isFirst = check.status === status && !worst.has(check.id)
      if (isFirst) worst.set(check.id, check)
    }
  }
  return [...worst.values()]
}

function countOf(checks: readonly Check[], id: string) {
  const own = checks.filter((check) => check.id === id)
  const bad = own.filter(({ status }) => /FAILURE|WARNING/.test(status))
  const good = own.filter(({ status }) => status === 'SUCCESS')
  const said = bad[0]?.errorMessage
  return { bad: bad.length, good: good.length, said }
}

/** Of entries, only those of scenarios that ran can be stale. */
export function judge(
  problems: Problems,
  entries: Entries,
  ran: ReadonlySet<string>,
): Verdict {
  const unexpected: string[] = []
  const stale: string[] = []
  for (const [name, found] of problems) {
    for (const [id, said] of found) {
      if (entries[name]?.checks.includes(id)) continue
      unexpected.push(`${name}: ${id}: ${said}`)
    }
  }
  for (const [name, { checks }] of Object.entries(entries)) {
    if (!ran.has(name)) continue
    for (const id of checks) {
      if (!problems.get(name)?.has(id)) stale.push(`${name}: ${id}`)
    }
  }
  return { unexpected, stale }
}

/** Scenarios that are not as expected. */
export function listOdd({ unexpected, stale }: Verdict): readonly string[] {
  const names = [...unexpected, ...stale].map((said) => said.split(': ')[0])
  return [...new Set(names)].filter((name) => name !== undefined)
}

/** Entries for exactly these problems; known reasons stay. */
export function writeEntries(problems: Problems, known: Entries): Entries {
  return Object.fromEntries(
    [...problems].sort().map(([name, found]) => {
      const [said] = found.values()
      const why = known[name]?.why ?? said ?? ''
      return [name, { why, checks: [...found.keys()].sort() }]
    }),
  )
}

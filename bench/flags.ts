// What a run is asked to do.
// In: the command line. Out: Settings.
// INVARIANT: every number is a positive integer, so every run is bounded.

import { parseArgs } from 'node:util'
import { CASES, type Case } from './cases.ts'

export interface Settings {
  readonly cases: readonly Case[]
  readonly rounds: number
  /** Calls of each contestant in each round of a small case. */
  readonly requests: number
  /** Calls of each contestant before its first round of a small case. */
  readonly warmup: number
  readonly json: boolean
  /** Whether bench/RESULTS.md gets the figures of this version of Node. */
  readonly write: boolean
  /** Whether the gateway runs under --cpu-prof. */
  readonly profile: boolean
}

export const USAGE = `npm run bench -- [--case TEXT] [--rounds 7] [--requests 6000]
                 [--warmup 20000] [--json] [--write] [--profile]
--case: only the case of this name, or cases whose names begin so; may stand
more than once
`

/** Throws on what it does not understand. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '7' },
      requests: { type: 'string', default: '6000' },
      // Fewer leave the SDK's code unoptimized.
      warmup: { type: 'string', default: '20000' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  })
  const { json, write, profile } = values
  if (write && values.case.length > 0) {
    throw new Error('--write is for a run of all cases')
  }
  return {
    cases: selectCases(values.case),
    rounds: readCount('rounds', values.rounds),
    requests: readCount('requests', values.requests),
    warmup: readCount('warmup', values.warmup),
    json,
    write,
    profile,
  }
}

function selectCases(beginnings: readonly string[]): readonly Case[] {
  if (beginnings.length === 0) return CASES
  return beginnings.flatMap((beginning) => {
    const exact = CASES.filter(({ name }) => name === beginning)
    if (exact.length > 0) return exact
    const found = CASES.filter(({ name }) => name.startsWith(beginning))
    if (found.length > 0) return found
    const names = CASES.map(({ name }) => `  ${name}`).join('\n')
    throw new Error(`--case ${beginning} is none of these:\n${names}`)
  })
}

/** Throws unless it is a positive integer. */
export function readCount(name: string, text: string): number {
  const count = Number(text)
  if (/^[1-9]\d{0,6}$/.test(text)) return count
  throw new Error(`--${name} must be an integer from 1 to 9999999`)
}

/** All if none is named. Throws on an unknown name. */
export function readOnly<Name extends string>(
  named: readonly string[],
  all: readonly Name[],
): readonly Name[] {
  const known = all.filter((one) => named.includes(one))
  const unknown = named.filter((one) => !known.includes(one as Name))
  if (unknown.length === 0) return known.length > 0 ? known : all
  throw new Error(`--only ${unknown[0]} is none of: ${all.join(', ')}`)
}

/** What `read` returns; if it throws, the process ends with 2 and the reason. */
export function readOrEnd<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(2)
  }
}

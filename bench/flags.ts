// What a run is asked to do.
// In: the command line. Out: Settings.
// INVARIANT: every number is a positive integer, so every run is bounded.

import { parseArgs } from 'node:util'

export interface Settings {
  readonly rounds: number
  /** Calls of each contestant in each round. */
  readonly requests: number
  /** Calls of each contestant before the first round. */
  readonly warmup: number
  readonly json: boolean
  /** Whether the gateway runs under --cpu-prof. */
  readonly profile: boolean
}

export const USAGE = `npm run bench -- [--rounds 7] [--requests 4000] [--warmup 20000]
                 [--json] [--profile]
`

/** Throws on what it does not understand. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      requests: { type: 'string', default: '4000' },
      // Fewer leave the SDK's code unoptimised (performance.md §6).
      warmup: { type: 'string', default: '20000' },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  })
  return {
    rounds: readCount('rounds', values.rounds),
    requests: readCount('requests', values.requests),
    warmup: readCount('warmup', values.warmup),
    json: values.json,
    profile: values.profile,
  }
}

function readCount(name: string, text: string): number {
  const count = Number(text)
  if (/^[1-9]\d{0,6}$/.test(text)) return count
  throw new Error(`--${name} wants an integer from 1 to 9999999`)
}

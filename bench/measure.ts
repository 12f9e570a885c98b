// The run: warm-up, then rounds in which the contestants take turns.
// In: settings, started processes. Out: a Round each, unjudged.
// INVARIANT: one contestant works at a time; CPU time is what a process says
// of itself (user and system), asked before its first call and after its last.

import type { Settings } from './flags.ts'
import type { Running } from './process.ts'

export const CONTESTANTS = ['gateway', 'passthrough', 'sdk', 'direct'] as const

export type Contestant = (typeof CONTESTANTS)[number]

/** Microseconds of CPU a call, by whom it was spent. */
export interface Window {
  /** The contestant itself; of `direct`, the upstream. */
  readonly own: number
  readonly upstream: number
  readonly generator: number
  /** Calls a second. */
  readonly rate: number
}

export type Round = Readonly<Record<Contestant, Window>>

export interface Processes {
  readonly contestants: ReadonlyMap<Contestant, Running>
  readonly upstream: Running
  readonly generator: Running
}

/** Generous: the slowest contestant needs two milliseconds a call. */
const MS_PER_CALL = 20
const LEAST_MS = 60_000

export async function measureRounds(
  processes: Processes,
  { rounds, requests, warmup }: Settings,
  tell: (progress: string) => void,
): Promise<readonly Round[]> {
  for (const name of CONTESTANTS) {
    tell(`warming up ${name}`)
    await measureWindow(processes, name, warmup)
  }
  const measured: Round[] = []
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}`)
    const windows = new Map<Contestant, Window>()
    for (const name of shuffle(CONTESTANTS)) {
      windows.set(name, await measureWindow(processes, name, requests))
    }
    measured.push(Object.fromEntries(windows) as unknown as Round)
  }
  return measured
}

async function measureWindow(
  { contestants, upstream, generator }: Processes,
  name: Contestant,
  calls: number,
): Promise<Window> {
  const contestant = contestants.get(name) ?? upstream
  const asked = [contestant, upstream, generator]
  await generator.ask('open', name, LEAST_MS)
  const before = await Promise.all(asked.map((one) => one.cpu()))
  const limit = LEAST_MS + calls * MS_PER_CALL
  const ms = await generator.ask<number>('load', { name, calls }, limit)
  const after = await Promise.all(asked.map((one) => one.cpu()))
  const spent = (i: number) => ((after[i] ?? 0) - (before[i] ?? 0)) / calls
  return {
    own: spent(0),
    upstream: spent(1),
    generator: spent(2),
    rate: (calls * 1_000) / ms,
  }
}

function shuffle<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}

// The run: for each case a warm-up, then rounds in which the contestants take
// turns.
// In: settings, started processes. Out: a Round each, unjudged.
// INVARIANT: one contestant works at a time; CPU time is the kernel's figure for
// its process, read before the first call and after the last.

import type { Case, ContestantName } from './cases.ts'
import type { Contestant } from './contestants.ts'
import { readCpu } from './cpu.ts'
import type { Settings } from './flags.ts'
import type { Running } from './process.ts'
import type { Load, Loaded } from './processes/generator.ts'

/** Microseconds of CPU a call, by the process that used it. */
export interface Window {
  /** The contestant itself; of `direct`, the upstream. */
  readonly own: number
  readonly upstream: number
  readonly generator: number
  /** Calls a second. */
  readonly rate: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

export type Round = Readonly<Partial<Record<ContestantName, Window>>>

export interface Measured {
  readonly of: Case
  readonly rounds: readonly Round[]
}

export interface Processes {
  readonly contestants: readonly Contestant[]
  readonly generator: Running
}

/** Generous: the slowest contestant needs two milliseconds a call. */
const MS_PER_CALL = 20
const LEAST_MS = 60_000

/** Calls before each turn: a process that was idle has to fetch its memory again,
 * which no busy one does. */
export function wakeUp(requests: number): number {
  return Math.ceil(requests / 5)
}

export async function measureCase(
  processes: Processes,
  of: Case,
  { rounds, requests, warmup }: Settings,
  tell: (progress: string) => void,
): Promise<Measured> {
  const own: readonly string[] = ['gateway', ...of.against]
  const present = processes.contestants.filter(({ name }) => own.includes(name))
  const scale = (calls: number) => Math.ceil((calls * of.share) / 1_000)
  for (const one of present) {
    tell(`${of.name}: warming up ${one.name}`)
    await measureWindow(processes, one, of, scale(warmup))
  }
  const measured: Round[] = []
  for (let round = 1; round <= rounds; round++) {
    tell(`${of.name}: round ${round} of ${rounds}`)
    const windows: Partial<Record<ContestantName, Window>> = {}
    for (const one of shuffle(present)) {
      // It was idle while the others had their turns.
      await measureWindow(processes, one, of, scale(wakeUp(requests)))
      windows[one.name] = await measureWindow(
        processes,
        one,
        of,
        scale(requests),
      )
    }
    measured.push(windows)
  }
  return { of, rounds: measured }
}

/** Of one process, or of several. */
export type Measurable = Pick<Contestant, 'pid' | 'upstreamPids' | 'target'> & {
  pids?(): readonly number[]
}

export async function measureWindow(
  { generator }: Pick<Processes, 'generator'>,
  contestant: Measurable,
  of: Case,
  calls: number,
): Promise<Window> {
  const { name } = contestant.target(of)
  const { connections } = of
  const pids = contestant.pids?.() ?? [contestant.pid]
  const upstreams = contestant.upstreamPids(of)
  const read = () => {
    const up = upstreams.reduce((sum, pid) => sum + readCpu(pid), 0)
    const own = pids.reduce((sum, pid) => sum + readCpu(pid), 0)
    return [own, up, readCpu(generator.pid)]
  }
  await generator.ask('open', { name, connections }, LEAST_MS)
  const before = read()
  const limit = LEAST_MS + calls * MS_PER_CALL
  const load: Load = { name, calls, case: of }
  const loaded = await generator.ask<Loaded>('load', load, limit)
  const after = read()
  const spent = (i: number) => ((after[i] ?? 0) - (before[i] ?? 0)) / calls
  const rate = (calls * 1_000) / loaded.ms
  const [own, up, generated] = [spent(0), spent(1), spent(2)]
  const { p50, p99 } = loaded
  return { own, upstream: up, generator: generated, rate, p50, p99 }
}

export function shuffle<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}

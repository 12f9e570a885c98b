// What every bench of calls stands on: a folder, an upstream, a generator.
// In: what to measure with them. Out: its text on stdout, an exit code.
// INVARIANT: leaves neither process nor folder; what is started ends with it, by
// its own handle.

import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCpu } from './cpu.ts'
import { Running } from './process.ts'
import type { Ports } from './proxies.ts'

export interface Ground {
  readonly folder: string
  readonly upstream: Running<Ports>
  readonly generator: Running
  /** Gets what ends a process, before it has started. */
  readonly started: (stop: () => Promise<void>) => void
}

/** Resolves to the exit code: 0, or 1 if something failed. */
export async function runOnGround(
  measure: (ground: Ground) => Promise<string>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  // The children end with their channels.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.exit(2))
  }
  const stops: (() => Promise<void>)[] = []
  const started = (stop: () => Promise<void>) => void stops.push(stop)
  const start = async <Value>(name: string) => {
    const running = new Running<Value>(name)
    started(() => running.stop())
    return running.start()
  }
  try {
    const upstream = await start<Ports>('upstream')
    const generator = await start('generator')
    const ground = { folder, upstream, generator, started }
    process.stdout.write(await measure(ground))
    return 0
  } catch (error) {
    process.stderr.write(`the bench failed: ${(error as Error).message}\n`)
    return 1
  } finally {
    await Promise.all(stops.map((stop) => stop()))
  }
}

export function tell(progress: string): void {
  process.stderr.write(`${progress}\n`)
}

/** Returns what tells how many cores other processes kept busy since. */
export function watchOthers(pids: readonly number[]): () => number {
  const sumOwn = () => pids.reduce((sum, pid) => sum + readCpu(pid) / 1_000, 0)
  const [own, busy, began] = [sumOwn(), sumBusy(), performance.now()]
  return () => {
    const foreign = sumBusy() - busy - (sumOwn() - own)
    return Math.max(0, foreign / (performance.now() - began))
  }
}

/** Milliseconds that the machine's cores were busy. */
function sumBusy(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  )
}

// What a command costs: processor time and memory of its whole process tree.
// In: arguments of Node. Out: a Cost.
// INVARIANT: Linux only: the kernel's own accounting (/proc), nothing guessed
// but the last few milliseconds of a process that nobody waits for.

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface Cost {
  /** User and system time, in seconds. */
  readonly cpu: number
  readonly wall: number
  /** Resident memory of all its processes at once, at most; in MiB. */
  readonly peakMb: number
  readonly exit: number | null
}

interface Stat {
  readonly parent: number
  /** Its own ticks, and those of the children it waited for. */
  readonly own: number
  readonly waited: number
}

const TICKS_PER_SECOND = 100
const POLL_MS = 5

/** A new process each time, with no environment and nothing to read or say. */
export async function measureCost(args: readonly string[]): Promise<Cost> {
  const before = readStat('self')?.waited
  if (before === undefined)
    throw new Error('this bench reads /proc: Linux only')
  const began = performance.now()
  const child = spawn(process.execPath, args, { env: {}, stdio: 'ignore' })
  // esbuild's service outlives the command by a moment, so that nobody waits
  // for it: its last known figure counts.
  const orphans = new Map<number, number>()
  let peak = 0
  const timer = setInterval(() => {
    const own = child.pid ?? 0
    const below = listBelow(own)
    for (const pid of below) {
      if (isEsbuild(pid)) orphans.set(pid, readStat(pid)?.own ?? 0)
    }
    const held = [own, ...below].map(readResident)
    peak = Math.max(
      peak,
      held.reduce((sum, one) => sum + one, 0),
    )
  }, POLL_MS)
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).finally(() => clearInterval(timer))
  const wall = (performance.now() - began) / 1000
  const waited = (readStat('self')?.waited ?? 0) - before
  const esbuild = [...orphans.values()].reduce((sum, own) => sum + own, 0)
  const cpu = (waited + esbuild) / TICKS_PER_SECOND
  return { cpu, wall, peakMb: Math.round(peak / 1024), exit }
}

/** Children of a process; the compiler's have none. */
function listBelow(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readStat(pid)?.parent === parent)
}

function isEsbuild(pid: number): boolean {
  return readProc(pid, 'comm')?.trim() === 'esbuild'
}

/** In KiB. */
function readResident(pid: number): number {
  const [, size] = /^VmRSS:\s+(\d+)/m.exec(readProc(pid, 'status') ?? '') ?? []
  return Number(size ?? 0)
}

/** proc(5): after the name in parentheses, field 3 comes first. */
function readStat(pid: number | 'self'): Stat | undefined {
  const text = readProc(pid, 'stat')
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    parent: field(4),
    own: field(14) + field(15),
    waited: field(16) + field(17),
  }
}

/** Undefined once the process is gone. */
function readProc(pid: number | 'self', file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

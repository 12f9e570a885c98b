// CPU seconds of a cold `gateway check` on this repository's own config.
// In: --json, --runs N, and a folder to check instead. Out: median and spread
// of user and system time over the whole process tree.
// INVARIANT: Linux only: the kernel's own accounting (/proc), nothing guessed
// but the last few milliseconds of a process that nobody waits for.

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** From dist/bench, where this file runs. */
const root = join(import.meta.dirname, '../..')
const bin = join(root, 'dist/src/bin.js')

/** The target of issue 2, and of design §11 for a far larger config. */
const TARGET_SECONDS = 1
const TICKS_PER_SECOND = 100
const POLL_MS = 5

interface Run {
  readonly cpu: number
  readonly wall: number
  readonly exit: number | null
}

interface Stat {
  readonly parent: number
  /** Its own ticks, and those of the children it waited for. */
  readonly own: number
  readonly waited: number
}

async function runCheck(cwd: string): Promise<Run> {
  const before = readStat('self')?.waited ?? 0
  const began = performance.now()
  const child = spawn(process.execPath, [bin, 'check', '--cwd', cwd], {
    env: {},
    stdio: 'ignore',
  })
  // esbuild's service outlives the command by a moment, so that nobody waits
  // for it: its last known figure counts.
  const orphans = new Map<number, number>()
  const timer = setInterval(() => {
    for (const [pid, own] of listBelow(child.pid ?? 0)) orphans.set(pid, own)
  }, POLL_MS)
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearInterval(timer)
  const wall = (performance.now() - began) / 1000
  const waited = (readStat('self')?.waited ?? 0) - before
  const esbuild = [...orphans.values()].reduce((sum, own) => sum + own, 0)
  return { cpu: (waited + esbuild) / TICKS_PER_SECOND, wall, exit }
}

/** esbuild processes among a process's children, with their own ticks. */
function listBelow(parent: number): readonly (readonly [number, number])[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readStat(name)
      if (stat?.parent !== parent || !isEsbuild(name)) return []
      return [[Number(name), stat.own] as const]
    })
}

function isEsbuild(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'esbuild'
  } catch {
    return false
  }
}

/** proc(5): after the name in parentheses, field 3 comes first. */
function readStat(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => Number(fields[number - 3])
    return {
      parent: field(4),
      own: field(14) + field(15),
      waited: field(16) + field(17),
    }
  } catch {
    return undefined
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '7' },
  },
})
if (!readStat('self')) throw new Error('bench:check reads /proc: Linux only')

const cwd = positionals[0] ?? root
const runs: Run[] = []
// The first warms the disk's cache, not ours: every run is a new process.
for (let left = Number(values.runs) + 1; left > 0; left--) {
  runs.push(await runCheck(cwd))
}
const measured = runs.slice(1)
const cpu = measured.map((run) => run.cpu)
const result = {
  bench: 'check',
  cpuSeconds: median(cpu),
  min: Math.min(...cpu),
  max: Math.max(...cpu),
  wallSeconds: Number(median(measured.map((run) => run.wall)).toFixed(3)),
  runs: measured.length,
  exits: [...new Set(measured.map((run) => run.exit))],
  target: TARGET_SECONDS,
  node: process.version,
}
const { cpuSeconds, min, max, wallSeconds } = result
process.stdout.write(
  values.json
    ? `${JSON.stringify(result)}\n`
    : `gateway check, cold: ${cpuSeconds} s of CPU (${min} to ${max}), ` +
        `${wallSeconds} s of wall time, ${result.runs} runs; ` +
        `target ${TARGET_SECONDS} s\n`,
)
if (result.exits.some((exit) => exit !== 0)) process.exitCode = 1

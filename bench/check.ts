// CPU seconds of a cold `gateway check` on this repository's own config.
// In: --json, --runs N, and a folder to check instead. Out: median and spread
// of user and system time over the whole process tree.
// INVARIANT: every run is a new process; one that is not fine fails the bench.

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Cost, measureCost, median } from './cost.ts'

/** From dist/bench, where this file runs. */
const root = join(import.meta.dirname, '../..')
const bin = join(root, 'dist/run/gateway.js')

/** The target for a far larger config: CPU seconds. */
const TARGET_SECONDS = 1

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '7' },
  },
})

const cwd = positionals[0] ?? root
const runs: Cost[] = []
// The first warms the disk's cache, not ours: every run is a new process.
for (let left = Number(values.runs) + 1; left > 0; left--) {
  runs.push(await measureCost([bin, 'check', '--cwd', cwd]))
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

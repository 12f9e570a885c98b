// `npm run trial:corruption`: `gateway audit verify` at length.
// In: perhaps --json, --records N, --times N, --seed N. Out: a report.
// INVARIANT: the seed that it prints gives the same corruptions again.

import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { runCorruptions } from '../harness/trail/trial.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    records: { type: 'string', default: '100000' },
    times: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
})
const load = {
  records: Number(values.records),
  times: Number(values.times),
  seed: Number(values.seed),
}
const folder = mkdtempSync(join(tmpdir(), 'gateway-trial-'))
const began = performance.now()
const report = await runCorruptions(join(folder, 'trail'), load)
const seconds = Math.round((performance.now() - began) / 100) / 10
rmSync(folder, { recursive: true })
if (values.json) {
  const whole = { seed: load.seed, ...report, seconds }
  stdout.write(`${JSON.stringify(whole)}\n`)
} else {
  const { named, faults, byKind } = report
  const kinds = Object.entries(byKind).map(([kind, n]) => `  ${n} ${kind}\n`)
  stdout.write(
    `seed ${load.seed}: ${load.records} records, ${seconds} s\n` +
      `${named} of ${load.times} corruptions named\n${kinds.join('')}` +
      faults.map((fault) => `not named: ${fault}\n`).join(''),
  )
}
process.exitCode = report.faults.length === 0 ? 0 : 1

// `npm run crosstalk`: the cross-talk test at length.
// In: perhaps --json, and a seed. Out: what reached whom wrongly, and counts.
// INVARIANT: the seed that it prints gives the same clients and calls again.

import { randomInt } from 'node:crypto'
import { argv, stdout } from 'node:process'
import { runCrosstalk } from '../harness/crosstalk/run.ts'

const given = argv.slice(2).find((word) => /^\d+$/.test(word))
const seed = given === undefined ? randomInt(2 ** 20) : Number(given)
const load = { clients: 200, calls: 50_000, tokens: 20, seed }
const ends: (() => unknown)[] = []
const teardown = (end: () => unknown) => void ends.unshift(end)

const began = performance.now()
const whole = await runCrosstalk({ teardown } as never, load)
for (const end of ends) await end()
const seconds = Math.round((performance.now() - began) / 100) / 10

const { faults, ...tally } = { ...whole, abandoned: whole.abandoned.size }
const missing = load.calls - tally.answered - tally.abandoned
const report = { ...load, ...tally, missing, faults, seconds }
if (argv.includes('--json')) {
  stdout.write(`${JSON.stringify(report)}\n`)
} else {
  const { answered, abandoned, progress, logs } = report
  stdout.write(
    `seed ${seed}: ${load.clients} clients, ${load.calls} calls, ${seconds} s\n` +
      `${answered} answered, ${abandoned} left by clients, ${missing} missing\n` +
      `${progress} notices of progress and ${logs} of logs at their owners\n` +
      `${faults.length} faults\n${faults.map((one) => `  ${one}\n`).join('')}`,
  )
}
process.exitCode = faults.length + missing === 0 ? 0 : 1

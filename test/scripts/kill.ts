// `npm run trial:kill`: kill -9 under load, at length.
// In: perhaps --json, --times N, --clients N, --seed N. Out: a report.

import { randomInt } from 'node:crypto'
import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { runKills } from '../harness/trail/kill.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    times: { type: 'string', default: '20' },
    clients: { type: 'string', default: '32' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
})
const seed = Number(values.seed)
const load = {
  times: Number(values.times),
  clients: Number(values.clients),
  seed,
}
const ends: (() => unknown)[] = []
const began = performance.now()
const report = await runKills(
  { teardown: (end) => void ends.unshift(end) },
  load,
)
for (const end of ends) await end()
const seconds = Math.round((performance.now() - began) / 100) / 10
const { faults, ...counts } = report
if (values.json) {
  stdout.write(`${JSON.stringify({ seed, ...counts, faults, seconds })}\n`)
} else {
  stdout.write(
    `seed ${seed}: ${counts.kills} kills, ${seconds} s\n` +
      `${counts.answered} answers at clients, ${counts.forwarded} calls at the ` +
      `server\n${counts.records} records in ${counts.files} files, ` +
      `${counts.torn} cut lines\n${faults.length} faults\n` +
      faults
        .slice(0, 20)
        .map((one) => `  ${one}\n`)
        .join(''),
  )
}
process.exitCode = faults.length === 0 ? 0 : 1

// `npm run trial:grants`: people whose sign-ins must survive.
// In: perhaps --json, --people N, --servers N, --kills N, --calls N, --seed N.
// Out: what was refreshed, what was lost, who was asked again, and why.
// INVARIANT: exit code 1 for a grant that the gateway lost, for a call under
// another's identity, and for a person who was asked without need.

import { randomInt } from 'node:crypto'
import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { runTrial } from '../harness/grants/run.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    people: { type: 'string', default: '200' },
    servers: { type: 'string', default: '5' },
    kills: { type: 'string', default: '10' },
    calls: { type: 'string', default: '4000' },
    seed: { type: 'string', default: String(randomInt(2 ** 20)) },
  },
})
const load = {
  people: Number(values.people),
  servers: Number(values.servers),
  kills: Number(values.kills),
  calls: Number(values.calls),
  seed: Number(values.seed),
  ways: 4,
}
const ends: (() => unknown)[] = []
const began = performance.now()
const trial = await runTrial(
  { teardown: (end) => void ends.unshift(end) },
  load,
)
for (const end of ends) await end()
const seconds = Math.round((performance.now() - began) / 100) / 10
const { people, servers, refreshes, lost, crossed, prompts, ended } = trial
if (values.json) {
  const figures = { people, servers, refreshes, lost, crossed, prompts }
  const { causes, faults, answered } = trial
  const more = { kills: load.kills, ended, causes, faults, answered }
  stdout.write(`${JSON.stringify({ ...figures, ...more, seconds })}\n`)
} else {
  const list = (all: object) =>
    Object.entries(all)
      .map(([what, count]) => `  ${String(count).padStart(6)}  ${what}\n`)
      .join('')
  stdout.write(
    `seed ${load.seed}: ${people} people at ${servers} servers, ${load.kills} ` +
      `kills, ${seconds} s\n${trial.answered} calls answered, ` +
      `${trial.troubled} not\n${list(trial.texts)}` +
      `${refreshes} refreshes; the authorization server failed:\n` +
      `${list(trial.faults)}` +
      `it ended ${ended} grants:\n${list(trial.causes)}` +
      `${prompts} times a person was asked again\n` +
      `${lost} grants lost, ${crossed} calls under another's identity\n` +
      trial.told.map((one) => `  ${one}\n`).join(''),
  )
}
process.exitCode = lost + crossed > 0 || prompts !== ended ? 1 : 0

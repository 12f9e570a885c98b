// `npm run trial:revocation`: a thousand tokens, each revoked in use.
// In: perhaps --json, --tokens N, --span SECONDS, --seed N. Out: how long the
// slowest took, and what was delivered after.
// INVARIANT: the seed that it prints gives the same moments again.

import { randomInt } from 'node:crypto'
import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { runTrial } from '../harness/revocation/run.ts'

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '1000' },
    span: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(randomInt(2 ** 20)) },
    json: { type: 'boolean', default: false },
  },
})
const load = {
  tokens: Number(values.tokens),
  span: Number(values.span) * 1000,
  seed: Number(values.seed),
  patience: 60_000,
}
const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }

const trial = await runTrial(owner, load)
for (const end of ends) await end()
const { tokens, maxMs, deliveredAfter, stillRefused } = trial
if (values.json) {
  stdout.write(`${JSON.stringify({ tokens, maxMs, deliveredAfter })}\n`)
} else {
  stdout.write(
    `seed ${load.seed}: ${tokens} tokens, each with two streams and two calls ` +
      `of either era,\nrevoked within ${values.span} s, half of them through ` +
      'the admin listener, half by a line in gateway.revoked\n' +
      `slowest   ${maxMs} ms until it was refused and everything was closed\n` +
      `delivered ${deliveredAfter} messages after that\n` +
      `restart   ${Math.round(stillRefused * 100)} % of a sample stay refused\n`,
  )
}
const fine = deliveredAfter === 0 && maxMs <= 1_000 && stillRefused === 1
process.exitCode = fine ? 0 : 1

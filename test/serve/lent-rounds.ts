// Large calls that take more than one request: with questions, tokens and sessions
// that end, tasks, and a table that is swapped: nobody gets a byte of another.
// Covers runtime/base/lender.ts.
// In: perhaps GUARANTEES_SEED, and GUARANTEES_TIMES for more calls.

import t from 'tap'
import { runRounds } from '../harness/lent/rounds.ts'

const { GUARANTEES_TIMES = '1', GUARANTEES_SEED = '1' } = process.env
const load = {
  clients: 12,
  calls: 120 * Number(GUARANTEES_TIMES),
  seed: Number(GUARANTEES_SEED),
  longest: Number(GUARANTEES_TIMES) > 1 ? 1_500_000 : 400_000,
}

t.test('every byte is of its own call and question', async (t) => {
  const { answered, failed, left, counts, faults } = await runRounds(t, load)
  t.same(faults, [])
  t.comment(JSON.stringify({ answered, failed, left, counts }))
  t.ok(answered > load.calls / 2, `${answered} answered, ${failed}, ${left}`)
})

// Nobody hears what is for somebody else: clients with equal ids and equal
// progress tokens, servers that answer out of order, twice, and to nobody.
// `npm run crosstalk` is the same at length.

import t from 'tap'
import { runCrosstalk } from '../harness/crosstalk/run.ts'

t.test('every answer and notification reaches its client', async (t) => {
  const load = { clients: 40, calls: 2_000, tokens: 5, seed: 1 }
  const tally = await runCrosstalk(t, load)
  t.same(tally.faults, [])
  t.equal(tally.answered + tally.abandoned.size, load.calls)
  t.ok(tally.progress > load.calls, `${tally.progress} notices of progress`)
  t.ok(tally.logs > 0, `${tally.logs} of other things`)
  t.ok(
    tally.abandoned.size > 0,
    `${tally.abandoned.size} calls were left by clients`,
  )
  const { pipe = 0, own = 0, session = 0, shared, modern } = tally.places
  t.same({ shared, modern }, { shared: 1, modern: 1 })
  // A modern client that comes before the era is known opens one of its own.
  t.ok(pipe <= 2 && own >= 5 && own <= 10, `${pipe} and ${own} processes`)
  t.ok(session > 20, `${session} sessions of clients`)
})

// The corpus: attacks (test/hostile) and odd servers and clients (test/wild), a
// subtest for each row. `npm run wild` runs the same rows in front of the built
// gateway, with floods that are four times as long.

import t from 'tap'
import { isMeant, judgeIds, readCorpus } from '../harness/odd/corpus.ts'
import type { WildCase } from '../wild/case.ts'
import { runCase, serveAsBuilt } from '../wild/world.ts'

const { cases, attacks } = await readCorpus(1 / 4)

// One at a time: beside the other files of the suite, two at once used a tenth
// more CPU for the same rows.
for (const one of cases) {
  t.test(one.id, async (t) => {
    const figure = await runCase(one)
    t.pass(figure === undefined ? one.id : `${one.id}: ${figure}`)
  })
}

// What an attack wears out must be its own.
for (const { id, run } of attacks) {
  t.test(id, async (t) => {
    const figure = await run(t)
    t.pass(figure === undefined ? id : `${id}: ${figure}`)
  })
}

t.test('a failing row is reported, in process and built', async (t) => {
  const planted: WildCase = {
    id: 'W0 a server that answers nothing but an error',
    servers: { odd: { answers: { 'tools/call': { error: { code: 1 } } } } },
    expect: async ({ call, want }) => {
      const { result } = await call('odd__echo', { a: 1 })
      want(result?.content?.[0]?.text === '{"a":1}', 'its arguments')
    },
  }
  const good = { ...planted, servers: { odd: {} } }
  await t.rejects(runCase(planted), { message: 'its arguments' })
  await t.rejects(runCase(planted, serveAsBuilt), { message: 'its arguments' })
  await runCase(good)
})

t.test('malformed ids of rows', (t) => {
  t.strictSame(judgeIds(['W4 a', 'X1 b', 'S8', 'W4 a']), [
    '"X1 b" begins with no fault',
    '"S8" begins with no fault',
    '"W4 a" stands twice',
  ])
  t.ok(isMeant('W4 a', []) && isMeant('W4 a', ['S1', 'W4']))
  t.ok(isMeant('W14 text id', ['W14 te']) && !isMeant('W14 text', ['W1']))
  t.end()
})

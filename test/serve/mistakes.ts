// What a mistake of ours, or a disk that is full, costs: src/runtime/stages and
// src/runtime/record. A clock of the test's throws once, in the file that it names.

import t from 'tap'
import { systemClock } from '../../src/runtime/base/clock.ts'
import { serveHeld, writeCall } from '../harness/held-server.ts'
import { until } from '../harness/until.ts'
import { post, send } from '../harness/wire.ts'

function makeFragileClock() {
  let file: string | undefined
  return {
    now: systemClock.now,
    monotonic() {
      if (file && new Error().stack?.includes(file)) {
        file = undefined
        throw new Error('planted')
      }
      return systemClock.monotonic()
    },
    breakIn: (name: string) => {
      file = name
    },
    get isBroken() {
      return file !== undefined
    },
  }
}

t.test('an exception in a stage ends one request', async (t) => {
  const clock = makeFragileClock()
  const served = await serveHeld(t, {}, clock)
  const { url, open, mine, records } = served
  const { headers, remove } = await open()
  const faults = () =>
    records().filter(
      ({ event, notice }) => event === 'notice' && notice === 'fault',
    )
  const list = () => post(url, mine.token, 'tools/list', {})
  const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
    POST: list,
    GET: () =>
      send(url, { headers: { ...headers, accept: 'text/event-stream' } }),
    DELETE: remove,
    'a wrong token': () => post(url, 'gwt_wrong', 'tools/list', {}),
  }
  let count = 0
  for (const [name, attempt] of Object.entries(attempts)) {
    clock.breakIn('/pipeline.js')
    await t.rejects(attempt(), name)
    t.notOk(clock.isBroken, `${name} came as far`)
    await until(() => faults().length === ++count)
  }
  t.equal((await list()).status, 200, 'the next one is served')
})

t.test('a call whose record throws releases its limits', async (t) => {
  const clock = makeFragileClock()
  const one = { on: { raw: ['*'] }, concurrent: 1 }
  const served = await serveHeld(t, { limits: { one } }, clock)
  const { url, open, mine, calls } = served
  const { params } = writeCall(1, 'thrown')
  clock.breakIn('/audit/log.js')
  await t.rejects(post(url, mine.token, 'tools/call', params))
  t.notOk(clock.isBroken)
  t.equal(calls.length, 0, 'it did not reach its server')
  const { start } = await open()
  const { call, stream } = await start('next')
  call.answer('done')
  await until(() => stream.text().includes('done'))
})

t.test('the end of a session is recorded before it ends', async (t) => {
  const { open, records, mine } = await serveHeld(t)
  const { remove } = await open()
  t.equal((await remove()).status, 204)
  const record = records().at(-1)
  t.match(record, { event: 'outcome', method: 'DELETE', subject: 'mine' })
  t.equal(record?.tokenId, mine.id)
  t.equal((await remove()).status, 404)
})

t.test('a session whose end cannot be recorded continues', async (t) => {
  const file = '/dev/full'
  const served = await serveHeld(t, { audit: { file, onFailure: 'allow' } })
  const { open, config, reload } = served
  const { remove } = await open()
  await reload({ ...config, audit: { file, onFailure: 'refuse' } })
  t.equal((await remove()).status, 503)
  await reload(config)
  t.equal((await remove()).status, 204)
})

// What calls to servers use again instead of allocating it: memory of requests,
// places of calls, counts of tenants. Random steps, compared with a plain model.
// Covers runtime/upstream and runtime/base.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { InFlightMap, type Numbered } from '../../src/runtime/base/in-flight.ts'
import {
  Bulkhead,
  type Share,
  shareOf,
} from '../../src/runtime/upstream/bulkhead.ts'
import { writeRequest } from '../../src/runtime/upstream/http1/request.ts'
import { RequestMemory } from '../../src/runtime/upstream/http1/request-memory.ts'
import { holdFor } from '../harness/property.ts'

const RUNS = 200

const HEADS = ['one: ', 'another: '].map((text) => Buffer.from(text))

t.test('a request that is kept keeps its bytes', async (t) => {
  const step = fc.record({
    head: fc.nat({ max: 1 }),
    size: fc.oneof(
      fc.nat({ max: 300 }),
      fc.constantFrom(0, 5_000, 40_000, 65_534),
    ),
    isKept: fc.boolean(),
  })
  holdFor(t, [fc.array(step, { maxLength: 60 })], RUNS, (steps) => {
    const memory = new RequestMemory()
    const kept: { readonly bytes: Buffer; readonly wanted: string }[] = []
    for (const [i, { head, size, isKept }] of steps.entries()) {
      const start = HEADS[head] as Buffer
      const body = Buffer.alloc(size, String(i % 10))
      const bytes = writeRequest(start, body, [], memory) as Buffer
      const wanted = `${start}${size}\r\n\r\n${body}`
      assert.equal(bytes.toString(), wanted)
      if (!isKept) continue
      memory.keep()
      kept.push({ bytes, wanted })
    }
    for (const { bytes, wanted } of kept) {
      assert.equal(bytes.toString(), wanted)
    }
  })
})

interface Place extends Numbered {
  readonly text: string
}

t.test('a place is found by its number alone', async (t) => {
  const step = fc.record({ taken: fc.nat({ max: 200 }), all: fc.nat(40) })
  holdFor(t, [fc.array(step)], RUNS, (steps) => {
    const places = new InFlightMap<Place>()
    const model = new Map<number, string>()
    for (const [i, { taken, all }] of steps.entries()) {
      for (const id of [2 * i, 2 * i + 1]) {
        places.add({ id, text: `${id}`, next: undefined })
        model.set(id, `${id}`)
      }
      assert.equal(places.get(taken)?.text, model.get(taken))
      assert.equal(places.take(taken)?.text, model.get(taken))
      model.delete(taken)
      assert.equal(places.get(taken), undefined)
      assert.equal(places.size, model.size)
      const texts = (all === 0 ? places.takeAll() : places.values()).map(
        ({ text }) => text,
      )
      assert.deepEqual(texts, [...model.values()])
      if (all === 0) model.clear()
    }
    for (const odd of [-1, 0.5, Number.NaN, 2 ** 53, 1e300]) {
      assert.equal(places.get(odd), undefined)
    }
  })
})

t.test('no tenant holds more slots than its share', async (t) => {
  const step = fc.record({
    tenant: fc.constantFrom('', 'a', 'b', 'c'),
    leaves: fc.boolean(),
    which: fc.nat(20),
  })
  const slots = 5
  holdFor(t, [fc.array(step)], RUNS, (steps) => {
    const bulkhead = new Bulkhead<ReturnType<typeof makeItem>>(slots, 3)
    let held: ReturnType<typeof makeItem>[] = []
    const count = (tenant: string) =>
      held.filter((one) => one.call.caller.tenant === tenant).length
    for (const { tenant, leaves, which } of steps) {
      const item = leaves ? held[which % held.length] : undefined
      if (item) {
        assert.equal(bulkhead.leave(item), true)
        assert.equal(bulkhead.leave(item), false)
        held = held.filter((one) => one !== item)
        const next = bulkhead.next()
        if (next) held.push(next)
      } else {
        const mayEnter = held.length < slots && count(tenant) < shareOf(slots)
        const fresh = makeItem(tenant)
        const slot = bulkhead.enter(fresh)
        assert.equal(slot === 'in', mayEnter)
        if (mayEnter) held.push(fresh)
      }
      assert.equal(bulkhead.size, held.length)
      for (const one of held) {
        assert.ok(count(one.call.caller.tenant) <= shareOf(slots))
      }
    }
  })
})

function makeItem(tenant: string) {
  const share: Share | undefined = undefined
  return {
    call: { caller: { tenant } },
    slot: -1,
    share: share as Share | undefined,
  }
}

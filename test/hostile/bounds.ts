// Attacks by size: what is kept, recorded or echoed of any text from outside.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { renderUse } from '../../src/runtime/audit/fragments.ts'
import { readCapabilities } from '../../src/runtime/edge/capabilities.ts'
import { makeNode } from '../../src/runtime/edge/node.ts'
import {
  type Subscriber,
  Subscriptions,
} from '../../src/runtime/notices/subscriptions.ts'
import { type Parked, Parking } from '../../src/runtime/relay/park.ts'
import { ask } from '../harness/bounds/ask.ts'
import {
  open,
  STILL,
  type Teardown,
  talk,
  writeCall,
} from '../harness/bounds/edge.ts'
import { listMessages } from '../harness/bounds/shapes.ts'
import { issue } from '../harness/served.ts'
import { ENVELOPE, modernHeaders } from '../harness/wire.ts'
import type { Attack } from './case.ts'

/** As `open`, with a clock that a flood of refusals does not outrun, and the
 * bytes that one request costs the audit. */
async function measure(t: Teardown, more: object = {}) {
  let seconds = 0
  const clock = {
    now: () => Date.now(),
    monotonic: () => performance.now() + 1_000 * seconds,
  }
  const world = await open(t, { caps: {}, ...more }, clock)
  const file = join(world.folder, 'audit/gateway.jsonl')
  const weigh = async (headers: Record<string, string>, body: string) => {
    seconds += 2
    const before = statSync(file).size
    const authorization = `Bearer ${world.good.token}`
    const answer = await ask(world.url, { authorization, ...headers }, body)
    return { answer, grown: statSync(file).size - before }
  }
  const params = {
    protocolVersion: '2025-03-26',
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  }
  const first = { jsonrpc: '2.0', id: 1, method: 'initialize', params }
  const { answer } = await weigh({}, JSON.stringify(first))
  const { session } = answer
  return { ...world, weigh, session }
}

/** What the audit may grow by for one request. */
const MOST_GROWN = 4_096

/** Keeps what is kept of one token, by what there is to keep. */
const KEPT: readonly Attack[] = [
  {
    id: 'S6 what a client declares',
    run: async () => {
      const long = 'x'.repeat(1_000_000)
      const declared = {
        [long]: {},
        elicitation: { form: {} },
        sampling: { tools: long },
        roots: { listChanged: true },
        experimental: Object.fromEntries(
          Array.from({ length: 10_000 }, (_, i) => [`k${i}`, {}]),
        ),
        extensions: { some: {} },
      }
      const bytes = Buffer.from(JSON.stringify(declared))
      const node = makeNode('object', 0, bytes.length)
      const { elicitation, roots, extensions } = declared
      const kept = readCapabilities(bytes, node)
      assert.deepEqual(kept, { elicitation, roots, extensions })
    },
  },
  {
    id: 'S6 subscriptions of one client',
    run: async () => {
      const subscriptions = new Subscriptions()
      const one = {} as Subscriber
      const other = {} as Subscriber
      const place = (about: string) => ({ server: 's', key: 'k', about })
      let count = 0
      while (subscriptions.hasRoom(place(`uri:${count}`), one)) {
        subscriptions.add(place(`uri:${count++}`), one)
      }
      assert.equal(count, 1_000)
      assert.ok(subscriptions.hasRoom(place('x'), other), 'others have theirs')
      // The same again takes no more room, and what is given up is free.
      subscriptions.add(place('uri:1'), one)
      subscriptions.delete(place('uri:1'), one)
      assert.ok(subscriptions.hasRoom(place('y'), one))
      subscriptions.drop(one)
      for (count = 0; ; count++) {
        const long = place(`${count}${'é'.repeat(2_000)}`)
        if (!subscriptions.hasRoom(long, one)) break
        subscriptions.add(long, one)
      }
      assert.ok(count > 50 && count < 70, `${count} of 4 KiB`)
    },
  },
  {
    id: 'S6 calls of one token that wait for it',
    run: async () => {
      const parking = new Parking()
      const gone: string[] = []
      const park = (name: string, token: string, bytes: number) => {
        const abandon = () => gone.push(name)
        const parked = { abandon } as unknown as Parked
        return parking.add(parked, token, bytes)
      }
      const kept = park('other', 'other', 10)
      for (let at = 0; at < 70; at++) park(`${at}`, 'one', 10)
      assert.deepEqual(gone, ['0', '1', '2', '3', '4', '5'])
      park('large', 'one', 16 * 1024 * 1024)
      assert.equal(gone.length, 70, 'by their bytes')
      assert.ok(parking.take(kept), 'another token keeps its own')
      parking.clear()
    },
  },
]

/** One of so many of all methods, places and shapes; another each time that
 * the corpus grows. */
const STEP = 149

export const ATTACKS: readonly Attack[] = [
  ...KEPT,
  {
    id: 'S5 a call with the longest of everything',
    run: async (t) => {
      const roles = Array.from(
        { length: 30 },
        (_, i) => `${'r'.repeat(28)}${i}`,
      )
      const subject = 'é'.repeat(200)
      const long = issue({ subject, roles: ['all', ...roles] })
      const { weigh } = await measure(t, {
        audit: { arguments: 'values' },
        tokens: { grants: { [long.id]: long.record } },
        roles: Object.fromEntries(
          ['all', ...roles].map((role) => [role, { allow: { raw: ['*'] } }]),
        ),
      })
      const worst = '\u007f'.repeat(200_000)
      const params = {
        name: 'raw__work',
        arguments: Object.fromEntries(
          Array.from({ length: 90_000 }, (_, i) => [`\u0085${i}`, '\u2028']),
        ),
        _meta: {
          ...ENVELOPE,
          'io.modelcontextprotocol/clientInfo': { name: worst, version: worst },
          progressToken: '\u0001'.repeat(40),
          traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`,
        },
      }
      const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
      const { answer, grown } = await weigh(
        modernHeaders(long.token, 'tools/call', 'raw__work'),
        JSON.stringify(message),
      )
      assert.match(answer.text, /"content":\[\]/)
      assert.ok(grown > 3_000 && grown <= MOST_GROWN, `${grown} bytes`)
      const rule = { pointer: worst, at: worst }
      const use = Buffer.byteLength(renderUse('raw', worst, worst, rule))
      assert.ok(use < 1_024, `${use} bytes of what it wants`)
      return `${grown} bytes`
    },
  },
  {
    id: 'S5 rejected messages draw on the refusals of their token',
    run: async (t) => {
      const { url, good } = await open(t, {}, STILL)
      const bodies = ['{', '[]', '{"jsonrpc":"2.0","id":1,"method":"no/such"}']
      const statuses: number[] = []
      for (let at = 0; at < 66; at++) {
        const headers = { authorization: `Bearer ${good.token}` }
        const { status } = await ask(url, headers, bodies[at % 3] ?? '')
        statuses.push(status)
      }
      assert.ok(statuses.slice(0, 60).every((one) => one !== 429))
      assert.deepEqual([...new Set(statuses.slice(60))], [429])
      const answer = await talk(
        url,
        writeCall(good.token).replace('\r\n', '\r\nconnection: close\r\n'),
      )
      assert.match(answer, /^HTTP\/1\.1 200 /, 'a granted call goes on')
    },
  },
  ...['digest', 'keys', 'values'].map(
    (mode, offset): Attack => ({
      id: `S5 the audit of any request, arguments as ${mode}`,
      run: async (t) => {
        const audit = { arguments: mode }
        const { weigh, session } = await measure(t, { audit })
        let most = 0
        const all = listMessages(session, 200_000)
        for (let at = offset; at < all.length; at += STEP) {
          const { name, headers, write } = all[at] as (typeof all)[number]
          const { answer, grown } = await weigh({ ...headers }, write())
          most = Math.max(most, grown)
          assert.ok(grown <= MOST_GROWN, `${name}: ${grown} bytes`)
          assert.notEqual(answer.status, 500, name)
          assert.ok(answer.text.length < 4_096, `${name}: a long answer`)
        }
        return `${most} bytes at most`
      },
    }),
  ),
]

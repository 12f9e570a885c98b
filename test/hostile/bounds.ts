// Attacks by size: what is kept, recorded or echoed of any text from outside.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { TokenRecord } from '../../src/contract/table.ts'
import { renderUse } from '../../src/runtime/audit/fragments.ts'
import { Turns } from '../../src/runtime/base/turns.ts'
import { readCapabilities } from '../../src/runtime/message/capabilities.ts'
import { makeNode } from '../../src/runtime/message/scan.ts'
import {
  type Subscriber,
  Subscriptions,
} from '../../src/runtime/notifications/subscriptions.ts'
import {
  type PendingQuestion,
  PendingQuestions,
} from '../../src/runtime/relay/pending-input.ts'
import type { Failure } from '../../src/runtime/upstream/failure.ts'
import { ResponseHead } from '../../src/runtime/upstream/http1/head.ts'
import {
  Reply,
  type ReplyOwner,
} from '../../src/runtime/upstream/http1/reply.ts'
import { ask } from '../harness/bounds/ask.ts'
import {
  open,
  STILL,
  type Teardown,
  talk,
  writeCall,
} from '../harness/bounds/edge.ts'
import { listMessages, SHAPES } from '../harness/bounds/shapes.ts'
import { issue } from '../harness/served.ts'
import { until } from '../harness/until.ts'
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
const MAX_GROWN = 4_096

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
      const one = { tokenId: 'one' } as Subscriber
      const other = { tokenId: 'other' } as Subscriber
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
      assert.ok(count > 200 && count < 256, `${count} of 4 KiB`)
    },
  },
  {
    id: 'S6 calls of one token that wait for it',
    run: async () => {
      const pendingQuestions = new PendingQuestions()
      const gone: string[] = []
      const park = (name: string, token: string, bytes: number) => {
        const abandon = () => gone.push(name)
        const parked = { abandon } as unknown as PendingQuestion
        return pendingQuestions.add(parked, { id: token } as TokenRecord, bytes)
      }
      const kept = park('other', 'other', 10)
      for (let at = 0; at < 70; at++) park(`${at}`, 'one', 10)
      assert.deepEqual(gone, ['0', '1', '2', '3', '4', '5'])
      park('large', 'one', 16 * 1024 * 1024)
      assert.equal(gone.length, 70, 'by their bytes')
      assert.ok(pendingQuestions.take(kept), 'another token keeps its own')
      pendingQuestions.clear()
    },
  },
]

/** Methods whose members of bounded size are refused by their places. */
const BY_PLACE: Readonly<Record<string, (value: string) => string>> = {
  'a progress token': (value) => `"_meta":{"progressToken":${value}}`,
  'what a client says of itself': (value) =>
    `"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":${value}`,
  'what a client declares': (value) =>
    `"protocolVersion":"2025-11-25","capabilities":${value}`,
  'what a client of 2026-07-28 declares': (value) =>
    `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":${value}}`,
}

/** A stream that ends again and again, each time behind `events`; how often it
 * is asked for anew, a hundred times at most. No time passes. */
function breakAgain(events: string): { asked: number; failure: unknown } {
  let asked = 0
  let failure: unknown
  const owner: ReplyOwner = {
    inSession: true,
    message: () => {},
    begun: () => true,
    redirected: () => undefined,
    broken: () => void asked++,
    resumable: () => {},
    flooded: () => {},
    ended: (_reply, why) => {
      failure = why
    },
  }
  const reply = new Reply(1_024, owner, { failed() {} }, false)
  const head = new ResponseHead()
  head.status = 200
  head.type = 'text/event-stream'
  const feed = (text: string) =>
    reply.take(Buffer.from(text), 0, Buffer.byteLength(text))
  reply.begin(head)
  feed('id: 1\ndata:\n\n')
  reply.end()
  for (let last = 0; last < asked && asked < 100; ) {
    last = asked
    reply.begin(head)
    feed(`: nothing\n\n${events}`)
    reply.end()
  }
  return { asked, failure }
}

/** One of so many of all methods, places and shapes; another each time that
 * the corpus grows. */
const STEP = 149

export const ATTACKS: readonly Attack[] = [
  ...KEPT,
  ...Object.entries(BY_PLACE).map(
    ([name, put]): Attack => ({
      id: `S6 ${name}, of 40,000 members`,
      run: async (t) => {
        const { weigh } = await measure(t)
        const value = SHAPES.wide?.(600_000) ?? ''
        const body = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{${put(value)}}}`
        const { answer, grown } = await weigh({}, body)
        assert.equal(answer.status, 400)
        assert.match(
          answer.text,
          /is longer than|is not a string or number|too many values/,
        )
        assert.equal(answer.session, '')
        assert.ok(grown < 1_024, `${grown} bytes`)
      },
    }),
  ),
  {
    id: 'S6 a stream that breaks for ever',
    run: async () => {
      const { asked, failure } = breakAgain('')
      assert.equal(asked, 10, 'without an event, a few times')
      assert.equal((failure as Failure).kind, 'ended')
      const more = breakAgain('id: 2\ndata:\n\n')
      assert.deepEqual(more, { asked: 100, failure: undefined })
    },
  },
  {
    id: 'S6 more members than are read',
    run: async (t) => {
      const { weigh, good } = await measure(t)
      const wide = SHAPES.wide?.(600_000) ?? ''
      const bodies = [
        `{"jsonrpc":"2.0","id":1,"method":"ping","params":${wide}}`,
        `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":${wide}}}`,
        `{"jsonrpc":"2.0","id":1,"method":"ping",${wide.slice(1)}`,
      ]
      for (const body of bodies) {
        const { answer } = await weigh({}, body)
        assert.match(answer.text, /too many values/)
      }
      // Arguments are the server's to read.
      const params = `{"name":"raw__work","arguments":${wide},"_meta":${JSON.stringify(ENVELOPE)}}`
      const { answer } = await weigh(
        modernHeaders(good.token, 'tools/call', 'raw__work'),
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
      )
      assert.match(answer.text, /"content":\[\]/)
    },
  },
  {
    id: 'S6 large bodies of one token take turns with others',
    run: async () => {
      let now = 0
      const turns = new Turns({ now: () => 0, monotonic: () => now })
      const done: string[] = []
      const add = (owner: string, name: string) =>
        turns.add(owner, () => {
          done.push(name)
          now += 1
        })
      for (const name of ['a1', 'a2', 'a3']) add('a', name)
      add('b', 'b1')
      assert.deepEqual(done, [], 'none within the turn that brought it')
      await until(() => done.length === 4, 'all of them')
      assert.deepEqual(done, ['a1', 'b1', 'a2', 'a3'])
    },
  },
  {
    id: 'S5 a flood of one token is a record a second',
    run: async (t) => {
      const { url, good, records, gateway } = await open(t, {}, STILL)
      const headers = { authorization: `Bearer ${good.token}` }
      const bodies = [
        '{',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none"}}',
      ]
      const statuses: number[] = []
      for (let at = 0; at < 200; at++) {
        const { status } = await ask(url, headers, bodies[at % 2] ?? '')
        statuses.push(status)
      }
      assert.equal(statuses.filter((one) => one === 429).length, 140)
      await gateway.close()
      const limited = records().filter((one) => one.decision === 'limited')
      const counted = limited.reduce((sum, { count = 0 }) => sum + count, 0)
      assert.equal(counted, 140)
      assert.ok(limited.length < 40, `${limited.length} records`)
      const [first] = limited as unknown as Record<string, unknown>[]
      assert.equal(first?.limit, 'refusals')
      assert.equal(first?.subject, 'good')
    },
  },
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
      const own = worst.slice(0, 60_000)
      const params = {
        name: 'raw__work',
        arguments: Object.fromEntries(
          Array.from({ length: 90_000 }, (_, i) => [`\u0085${i}`, '\u2028']),
        ),
        _meta: {
          ...ENVELOPE,
          'io.modelcontextprotocol/clientInfo': { name: own, version: own },
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
      assert.ok(grown > 3_000 && grown <= MAX_GROWN, `${grown} bytes`)
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
          assert.ok(grown <= MAX_GROWN, `${name}: ${grown} bytes`)
          assert.notEqual(answer.status, 500, name)
          assert.ok(answer.text.length < 4_096, `${name}: a long answer`)
        }
        return `${most} bytes at most`
      },
    }),
  ),
]

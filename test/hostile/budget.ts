// Attacks by what is kept: one token's sessions, subscriptions, streams and
// waiting calls share one budget.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import type { TokenRecord } from '../../src/contract/table.ts'
import type { View } from '../../src/runtime/catalog/view.ts'
import { MemoryBudget } from '../../src/runtime/http/memory-budget.ts'
import { ClientSessions } from '../../src/runtime/http/sessions.ts'
import { ReplayRetention, Streams } from '../../src/runtime/http/streams.ts'
import type { Capabilities } from '../../src/runtime/message/capabilities.ts'
import { UNNAMED } from '../../src/runtime/message/client-info.ts'
import {
  type Subscriber,
  Subscriptions,
} from '../../src/runtime/notifications/subscriptions.ts'
import {
  type PendingQuestion,
  PendingQuestions,
} from '../../src/runtime/relay/pending-input.ts'
import { ask } from '../harness/bounds/ask.ts'
import { STILL, type Teardown } from '../harness/bounds/edge.ts'
import { listMessages } from '../harness/bounds/shapes.ts'
import { serveWatched } from '../harness/bounds/watched.ts'
import { makeFolder } from '../harness/process.ts'
import { json, startRawServer } from '../harness/raw-server.ts'
import { issue } from '../harness/served.ts'
import type { Attack } from './case.ts'

/** As many of all messages, whatever they are. */
const STEP = 733

/** MiB: one message of those that are sent is four. */
const MAX_GROWN = 8

/** Every kind of message at 4 MiB leaves nothing behind it. */
async function sendLarge(t: Teardown): Promise<string> {
  const server = await startRawServer(t, {
    work: ({ id }, response) => json(response, { id, result: { content: [] } }),
  })
  const tokens = Array.from({ length: 2 }, () =>
    issue({ subject: 'large', roles: ['all'] }),
  )
  const config = {
    servers: { raw: { type: 'http', url: server.url } },
    roles: { all: { allow: { raw: ['*', { resource: '*' }] } } },
    tokens: {
      grants: Object.fromEntries(tokens.map(({ id, record }) => [id, record])),
    },
  }
  const folder = makeFolder(t, {
    'gateway.config.json': JSON.stringify(config),
  })
  const { gateway, readMemory } = await serveWatched(t, folder)
  const all = listMessages('', 4 * 1024 * 1024 - 2_048)
  const send = async (token: string, from: number) => {
    for (let at = from; at < all.length; at += STEP) {
      const { headers, write } = all[at] as (typeof all)[number]
      const { 'mcp-session-id': _, ...own } = headers
      const authorization = `Bearer ${token}`
      const sent = ask(gateway.url, { ...own, authorization }, write())
      // What is too long is turned away with its connection.
      const { status } = await sent.catch(() => ({ status: 413 }))
      assert.ok(status < 500 && status !== 429, `${status}`)
    }
  }
  const [first, second] = tokens.map(({ token }) => token) as [string, string]
  // What runs for the first time is compiled, and makes room for what it does.
  await send(first, 0)
  const { held: before } = await readMemory()
  await send(second, 7)
  const { held } = await readMemory()
  assert.ok(held - before < MAX_GROWN, `${before} MiB, then ${held} MiB`)
  return `${before} MiB, then ${held} MiB`
}

/** The one budget of a token, and what each way to keep things leaves of it. */
export const ATTACKS: readonly Attack[] = [
  { id: 'S6 memory after messages of 4 MiB', run: sendLarge },
  {
    id: 'S6 subscriptions over many sessions of one token',
    run: async () => {
      const memoryBudget = new MemoryBudget(64 * 1024)
      const subscriptions = new Subscriptions(memoryBudget)
      const session = (tokenId: string) => ({ tokenId }) as Subscriber
      const all: Subscriber[] = []
      let count = 0
      for (;;) {
        const one = session('one')
        const about = `${count}${'u'.repeat(1_000)}`
        const place = { server: 's', key: 'k', about }
        if (!subscriptions.hasRoom(place, one)) break
        subscriptions.add(place, one)
        all.push(one)
        count++
      }
      assert.ok(count > 30 && count < 64, `${count} sessions`)
      const place = { server: 's', key: 'k', about: 'x' }
      assert.ok(subscriptions.hasRoom(place, session('other')))
      for (const one of all) subscriptions.drop(one)
      assert.equal(memoryBudget.of('one').cost, 0)
      assert.ok(subscriptions.hasRoom(place, session('one')))
    },
  },
  {
    id: 'S6 events for clients that are away give way to what is new',
    run: async () => {
      const memoryBudget = new MemoryBudget(100_000)
      const retention = memoryBudget.of('one')
      const all = new ReplayRetention(1_000_000)
      const message = Buffer.from(JSON.stringify({ text: 'x'.repeat(9_000) }))
      const sessions = Array.from({ length: 40 }, () => {
        const streams = new Streams('2025-11-25', STILL, retention, all)
        streams.listen().send(message, 0)
        return streams
      })
      assert.ok(retention.cost <= 100_000, `${retention.cost} bytes`)
      assert.ok(all.cost < 200_000, 'of one token, not of all')
      assert.ok(memoryBudget.hasRoom('one', 90_000), 'by giving them up')
      for (const streams of sessions) streams.close()
      assert.equal(retention.cost, 0)
    },
  },
  {
    id: 'S6 sessions push out the oldest of their own token',
    run: async () => {
      const memoryBudget = new MemoryBudget(50_000)
      const ended: string[] = []
      const key = Buffer.alloc(32, 1)
      const sessions = new ClientSessions(
        STILL,
        key,
        memoryBudget,
        ({ tokenId }) => ended.push(tokenId),
      )
      const view = { fingerprints: {} } as View
      const open = (tokenId: string) =>
        sessions.create(tokenId, '2025-11-25', UNNAMED, view, {
          extensions: { some: 'x'.repeat(4_000) },
        } as Capabilities)
      open('other')
      const all = Array.from({ length: 30 }, () => open('one'))
      assert.equal(ended.length, 30 - (sessions.size - 1))
      assert.ok(sessions.size > 5 && sessions.size < 12, `${sessions.size}`)
      assert.deepEqual([...new Set(ended)], ['one'])
      assert.ok(memoryBudget.of('one').cost <= 50_000)
      for (const one of all) sessions.delete(one)
      assert.equal(memoryBudget.of('one').cost, 0)
    },
  },
  {
    id: 'S6 calls that wait share the budget with what else is kept',
    run: async () => {
      const memoryBudget = new MemoryBudget(100_000)
      const pendingQuestions = new PendingQuestions(memoryBudget)
      const gone: string[] = []
      const park = (name: string, tokenId: string) => {
        const abandon = () => gone.push(name)
        return pendingQuestions.add(
          { abandon } as unknown as PendingQuestion,
          { id: tokenId } as TokenRecord,
          20_000,
        )
      }
      const kept = park('other', 'other')
      for (const name of ['1', '2', '3']) park(name, 'one')
      memoryBudget.charge('one', 20_000)
      park('4', 'one')
      assert.deepEqual(gone, [])
      park('5', 'one')
      park('6', 'one')
      assert.deepEqual(gone, ['1', '2'])
      assert.ok(pendingQuestions.take(kept), 'another token keeps its own')
      pendingQuestions.clear()
      assert.equal(memoryBudget.of('one').cost, 20_000)
    },
  },
]

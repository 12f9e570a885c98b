// Attacks on what the gateway does for both eras at once: questions of servers
// turned into others, states that go back and forth, streams asked for again.
// Real servers that lie; real clients.

import { execFileSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readLinks } from '../../src/runtime/catalog/resource-index.ts'
import { RevokedFile } from '../../src/runtime/control/revoke/revoked-file.ts'
import {
  EventFramer,
  LineFramer,
} from '../../src/runtime/upstream/http1/frames.ts'
import { readRevocations, writeRevocation } from '../../src/table/revoked.ts'
import { openEvents } from '../harness/events.ts'
import {
  type ModernOffer,
  startModernServer,
} from '../harness/modern-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { talkAs } from '../harness/talker.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, readMessage, send } from '../harness/wire.ts'

const TOOLS = [{ name: 'ask', inputSchema: { type: 'object' } }]

async function serve(t: Test, offer: Partial<ModernOffer>, more: object = {}) {
  const answer = () => ({ result: {} })
  const server = await startModernServer(t, { tools: TOOLS, answer, ...offer })
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = {
    servers: { it: { type: 'http', url: server.url, prefix: '' } },
    roles: { all: { allow: { it: ['*', { resource: '*' }] } } },
    ...more,
  }
  const served = await serveConfig(t, config, [mine])
  return { ...served, server, mine, url: served.gateway.url }
}

const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'

function write(token: string, method: string, params: object, able: object) {
  const _meta = { ...ENVELOPE, [CAPABILITIES]: able }
  const { name } = params as { name?: string }
  const whole = { ...params, _meta }
  return {
    method: 'POST',
    headers: modernHeaders(token, method, name),
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: whole }),
  }
}

t.test('a malformed server request fails only its call', async (t) => {
  const odd: unknown[] = [null, 5, 'x', [], true, { mode: 'url' }]
  const { mine, url } = await serve(t, {
    answer: () => ({
      result: {
        resultType: 'input_required',
        inputRequests: {
          q: { method: 'elicitation/create', params: odd.shift() },
        },
      },
    }),
  })
  const { call } = await talkAs(t, url, mine, 'older')
  while (odd.length > 0) t.match(await call('ask'), /MCP/)
})

t.test('a state continues one call only', async (t) => {
  const limits = { hourly: { on: { it: ['*'] }, calls: 1, per: 'hour' } }
  const { server, mine, url } = await serve(
    t,
    {
      answer: ({ params }) => ({
        result: params.inputResponses
          ? { content: [{ type: 'text', text: 'done' }] }
          : { resultType: 'input_required', inputRequests: {} },
      }),
    },
    { limits },
  )
  const ask = async (more: object = {}) => {
    const params = { name: 'ask', arguments: {}, ...more }
    const { body } = await send(
      url,
      write(mine.token, 'tools/call', params, {}),
    )
    const { result, error } = readMessage(body)
    return result ?? error
  }
  const { requestState } = await ask()
  const retry = { requestState, inputResponses: {} }
  t.match(await ask(retry), { content: [{ text: 'done' }] })
  t.match(await ask(retry), { message: 'Invalid requestState' })
  t.match(await ask(), { isError: true, content: [{ text: /hourly/ }] })
  const seen = server.calls.filter(({ method }) => method === 'tools/call')
  t.equal(seen.length, 2, 'the call, and what it needed to go on')
})

const RESOURCES = [{ uri: 'it://one', name: 'one' }]

async function listen(t: Test, url: string, token: string, able: object) {
  const notifications = { resourceSubscriptions: ['it://one'] }
  const method = 'subscriptions/listen'
  const asked = write(token, method, { notifications }, able)
  const stream = await openEvents(url, asked)
  t.teardown(() => stream.cut())
  await until(() => stream.text().includes('acknowledged'), 'it agrees')
  return stream
}

t.test('a closed listen stream does not unsubscribe others', async (t) => {
  const { server, mine, url } = await serve(t, { resources: RESOURCES })
  const plain = await listen(t, url, mine.token, {})
  const able = await listen(t, url, mine.token, { sampling: {} })
  const wanting = () =>
    server
      .listening()
      .filter((filter) => JSON.stringify(filter).includes('it://one'))
  t.equal(wanting().length, 2, 'each in a session of its own')
  plain.cut()
  await until(() => wanting().length === 1, 'the one is told')
  // What the end of a stream brings comes before what the next one does.
  await listen(t, url, mine.token, { roots: {} })
  t.equal(wanting().length, 2, 'the other, and one that is new')
  server.say('notifications/resources/updated', { uri: 'it://one' })
  await until(() => able.text().includes('updated'), 'the other hears')
})

t.test(
  'a lost stream is reopened once, and not for revoked tokens',
  async (t) => {
    const { gateway, server, mine, url } = await serve(t, {
      resources: RESOURCES,
    })
    await listen(t, url, mine.token, {})
    const count = (isOfSession: boolean) =>
      server.calls.filter(
        ({ method, params }) =>
          method === 'subscriptions/listen' &&
          JSON.stringify(params).includes('it://one') === isOfSession,
      ).length
    const before = count(false)
    server.drop()
    await until(() => server.listening().length === 0, 'all are gone')
    await gateway.revoke({ kind: 'all', value: '*' })
    const ofSession = count(true)
    await until(() => count(false) > before, 'the catalog asks')
    server.drop()
    // After a second pause, which is longer than the first of a session.
    await until(() => count(false) > before + 1, 'it asks again')
    t.equal(count(false), before + 2, 'once for each loss')
    t.equal(count(true), ofSession, 'and no session more')
  },
)

t.test('memory does not depend on how bytes are cut', (t) => {
  const cap = 4 * 1024 * 1024
  const grown = (feed: () => void) => {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    feed()
    const now = process.memoryUsage()
    return now.heapUsed - heapUsed + (now.arrayBuffers - arrayBuffers)
  }
  const most = 12 * cap
  const nobody = () => {}
  const lines = new EventFramer(cap, nobody)
  const empty = Buffer.from('data:\n'.repeat(10_000))
  const ofLines = grown(() => {
    for (let i = 0; i < 100; i++) lines.feed(empty)
  })
  t.ok(ofLines < most, `empty lines: ${ofLines}`)

  const held = new EventFramer(cap, nobody)
  const comment = `data:x\n:${'c'.repeat(60_000)}\n`
  const ofChunks = grown(() => {
    for (let i = 0; i < 2_000; i++) held.feed(Buffer.from(comment))
  })
  t.ok(ofChunks < most, `chunks with a sign of data each: ${ofChunks}`)

  const tiny = new LineFramer(cap, nobody)
  const ofSigns = grown(() => {
    for (let i = 0; i < 1_000_000; i++) tiny.feed(Buffer.from('x'))
  })
  t.ok(ofSigns < most, `signs: ${ofSigns}`)
  t.end()
})

t.test('links that are too long are not remembered', (t) => {
  const link = (uri: string) => ({ type: 'resource_link', uri, name: 'x' })
  const content = [link('it://near'), link(`it://${'x'.repeat(1e6)}`)]
  const answer = { jsonrpc: '2.0', id: 1, result: { content } }
  const bytes = Buffer.from(JSON.stringify(answer))
  t.same(readLinks(bytes, 64), ['it://near'])
  t.end()
})

t.test('an invalid revocation file', async (t) => {
  const before = Date.UTC(2026, 0, 1)
  const value = 'two\u2028lines'
  const line = writeRevocation({ kind: 'subject', value, before })
  const { revocations, malformed } = readRevocations(line)
  t.same([revocations, malformed], [[{ kind: 'subject', value, before }], []])

  const folder = t.testdir({ huge: '' })
  const events = { onRevocations() {}, onProblem() {} }
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  t.throws(() => new RevokedFile(pipe, events), { code: 'EINVAL' })
  t.throws(() => new RevokedFile('/dev/zero', events), { code: 'EINVAL' })
  truncateSync(join(folder, 'huge'), 2 ** 30)
  t.throws(() => new RevokedFile(join(folder, 'huge'), events), {
    code: 'EFBIG',
  })
})

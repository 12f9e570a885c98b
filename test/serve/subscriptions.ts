// Who is told that a resource has changed: in every pairing of eras, once the
// server has agreed, and after it was away.
// Covers src/runtime/notifications.

import t, { type Test } from 'tap'
import { openEvents } from '../harness/events.ts'
import { WATCHED } from '../harness/everything/data.ts'
import { startEverythingServer } from '../harness/everything-server.ts'
import { connectModern } from '../harness/modern-client.ts'
import {
  type ModernOffer,
  startModernServer,
} from '../harness/modern-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { talkAs } from '../harness/talker.ts'
import { startTalkingServer } from '../harness/talking-server.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders } from '../harness/wire.ts'

async function serve(t: Test, server: object) {
  const [ada, bob] = [
    issue({ subject: 'ada', roles: ['all'] }),
    issue({ subject: 'bob', roles: ['all'] }),
  ]
  const allow = { it: ['*', { resource: '*' }] }
  const servers = { it: { prefix: '', ...server } }
  const config = { servers, roles: { all: { allow } } }
  const served = await serveConfig(t, config, [ada, bob])
  return { ...served, url: served.gateway.url, ada, bob }
}

const over = (url: string) => ({ type: 'http', url })

t.test('a subscription is in force when its server has accepted', async (t) => {
  const legacy = await startTalkingServer()
  const modern = await startEverythingServer('modern')
  t.teardown(() => legacy.close())
  t.teardown(() => modern.close())
  const cases = [
    { url: legacy.url, uri: 'note://one', touch: 'touch' },
    { url: modern.url, uri: WATCHED, touch: 'test_touch_resource' },
  ]
  for (const { url, uri, touch } of cases) {
    const served = await serve(t, over(url))
    const { client, call } = await connectModern(t, served.url, served.ada)
    const heard: string[] = []
    client.setNotificationHandler('notifications/resources/updated', (note) => {
      heard.push(note.params.uri)
    })
    const listening = await client.listen({ resourceSubscriptions: [uri] })
    await call(touch)
    await until(() => heard.length > 0, `${uri} heard by a modern client`)
    await listening.close()

    const older = await talkAs(t, served.url, served.bob, 'older')
    await older.client.subscribeResource({ uri })
    await older.call(touch)
    await until(() => older.heard.length > 0, `${uri} heard by an older client`)
    t.same([...heard, ...older.heard], [uri, `updated ${uri}`])
    await older.client.unsubscribeResource({ uri })
    await older.call(touch)
    t.equal(older.heard.length, 1, 'not after it has unsubscribed')
  }
})

t.test('subscriptions after a legacy server was lost', async (t) => {
  const server = await startTalkingServer()
  const { url, ada } = await serve(t, over(server.url))
  const { client, heard, call } = await talkAs(t, url, ada, 'one')
  await client.subscribeResource({ uri: 'note://one' })
  await call('touch')
  await until(() => heard.length === 1, 'told')
  await server.close()
  const again = await startTalkingServer(Number(new URL(server.url).port))
  t.teardown(() => again.close())
  await until(() => heard.length === 2, 'told that it may have changed')
  const told = async () => {
    await call('touch')
    return heard.length > 3
  }
  await until(told, 'told by the new one')
  t.same([...new Set(heard)], ['updated note://one'])
})

t.test('subscriptions after a modern server was lost', async (t) => {
  const offer: ModernOffer = {
    tools: [],
    resources: [{ uri: 'note://one', name: 'one' }],
    answer: () => ({ error: { code: -32603, message: '' } }),
  }
  const server = await startModernServer(t, offer)
  const { url, ada } = await serve(t, over(server.url))
  const notifications = { resourceSubscriptions: ['note://one', 'note://no'] }
  const stream = await openEvents(url, {
    method: 'POST',
    headers: {
      ...modernHeaders(ada.token, 'subscriptions/listen'),
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 'mine',
      method: 'subscriptions/listen',
      params: { notifications, _meta: ENVELOPE },
    }),
  })
  const wants = (filters: readonly object[]) =>
    JSON.stringify(filters).includes('note://one')
  const count = () => stream.text().match(/resources\/updated/g)?.length ?? 0
  await until(() => wants(server.listening()), 'the server is asked')
  server.say('notifications/resources/updated', { uri: 'note://one' })
  await until(() => count() === 1, 'told')
  await server.close()
  const again = await startModernServer(t, offer, server.port)
  await until(() => wants(again.listening()), 'the new one is asked')
  await until(() => count() === 2, 'told that it may have changed')
  again.say('notifications/resources/updated', { uri: 'note://one' })
  await until(() => count() === 3, 'told by the new one')
  t.notMatch(stream.text(), 'note://no"}', 'nothing of what is not there')
  t.match(stream.text(), '"io.modelcontextprotocol/subscriptionId":"mine"')
})

t.test('an acknowledgement is found on a busy pipe', async (t) => {
  const uri = 'note://one'
  const program = `
    const send = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
    const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
    const results = {
      'server/discover': {
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {}, resources: { subscribe: true } },
      },
      'tools/list': { tools: [{ name: 'hang', inputSchema: { type: 'object' } }] },
      'resources/list': { resources: [{ uri: '${uri}', name: 'one' }] },
      'resources/templates/list': { resourceTemplates: [] },
    }
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line)
      if (results[method]) return send({ id, result: { ...complete, ...results[method] } })
      if (method === 'initialize') return send({ id, error: { code: -32601, message: 'no' } })
      if (method !== 'subscriptions/listen') return
      const _meta = { 'io.modelcontextprotocol/subscriptionId': id }
      const { notifications } = params
      send({ method: 'notifications/subscriptions/acknowledged', params: { notifications, _meta } })
    })`
  const command = { command: process.execPath, args: ['-e', program] }
  const { gateway, ada } = await serve(t, { type: 'stdio', ...command })
  const { client, call } = await connectModern(t, gateway.url, ada)
  call('hang').catch(() => {})
  await until(() => gateway.status().calls.inFlight === 1)
  const listening = await client.listen({ resourceSubscriptions: [uri] })
  t.same(listening.honoredFilter, { resourceSubscriptions: [uri] })
})

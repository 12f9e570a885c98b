// What servers ask of clients and tell them, through the gateway, over both
// wires: to the client that it is for, and to nobody else.

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { issue, serveConfig } from '../harness/served.ts'
import { talkAs } from '../harness/talker.ts'
import { startTalkingServer } from '../harness/talking-server.ts'
import { until } from '../harness/until.ts'

const STDIO = {
  type: 'stdio',
  command: process.execPath,
  args: [join(import.meta.dirname, '../harness/talking-server.js')],
}

const ROLES = {
  all: {
    allow: {
      talk: ['*', { prompt: '*' }, { resource: 'note://*' }],
      talk2: ['*', { prompt: '*' }],
    },
  },
}

async function serveBoth(t: Test, more: object = {}) {
  const server = await startTalkingServer()
  t.teardown(() => server.close())
  const [ada, bob] = [
    issue({ subject: 'ada', roles: ['all'] }),
    issue({ subject: 'bob', roles: ['all'] }),
  ]
  const servers = {
    talk: { type: 'http', url: server.url, ...more },
    talk2: { ...STDIO, ...more },
  }
  const limits = {}
  const served = await serveConfig(t, { servers, roles: ROLES, limits }, [
    ada,
    bob,
  ])
  return { ...served, url: served.gateway.url, ada, bob }
}

t.test(
  'server requests reach the client that called, and name the server',
  async (t) => {
    const { url, ada, bob } = await serveBoth(t)
    const talkers = await Promise.all([
      talkAs(t, url, ada, 'one'),
      talkAs(t, url, ada, 'two'),
      talkAs(t, url, bob, 'three'),
    ])
    const names = ['one', 'two', 'three']
    await Promise.all(
      talkers.map(async ({ call, heard }, at) => {
        const name = names[at] as string
        for (const round of [1, 2, 3]) {
          const nonce = `${name} ${round}`
          t.match(await call('talk__ask', { nonce }), `"name":"${name}"`)
          t.equal(heard.at(-1), `talk: ${nonce}`)
          t.match(await call('talk__sample', { nonce }), `sampled by ${name}`)
          t.equal(heard.at(-1), nonce)
        }
        t.ok(
          heard.every((one) => one.includes(name)),
          'nothing of the others',
        )
      }),
    )
  },
)

t.test('over stdio, with one session per token', async (t) => {
  const { url, ada, bob } = await serveBoth(t)
  for (const [who, name] of [
    [ada, 'one'],
    [bob, 'two'],
  ] as const) {
    const { call, heard } = await talkAs(t, url, who, name)
    t.match(await call('talk2__ask', { nonce: 'x' }), `"name":"${name}"`)
    t.same(heard, ['talk2: x'])
    t.match(await call('talk2__sample', { nonce: 'y' }), `sampled by ${name}`)
  }
})

t.test(
  'a server sends only requests that config and client allow',
  async (t) => {
    const { url, ada } = await serveBoth(t)
    const able = await talkAs(t, url, ada, 'able')
    t.match(await able.call('talk__roots'), /not found/, 'no roots by default')
    t.same(JSON.parse(await able.call('talk__declared')), {
      elicitation: { form: {}, url: {} },
      sampling: {},
    })
    const http = await able.call('talk__visit', { url: 'http://e.example/' })
    t.match(http, /Only https/)
    t.match(
      await able.call('talk__visit', {
        url: 'https://e.example/',
        nonce: 'go',
      }),
      'accept',
    )
    t.equal(able.heard.at(-1), 'talk: go')

    const mute = await talkAs(t, url, ada, 'mute', {})
    t.same(JSON.parse(await mute.call('talk__declared')), {})
    t.match(await mute.call('talk__ask', { nonce: 'x' }), /not support/)
    t.same(mute.heard, [])

    const open = await serveBoth(t, { requests: ['roots'] })
    const rooted = await talkAs(t, open.url, open.ada, 'rooted')
    t.match(await rooted.call('talk__roots'), 'file:///rooted')
    t.match(await rooted.call('talk2__roots'), 'file:///rooted')
    t.match(await rooted.call('talk__ask', { nonce: 'x' }), /not support/)

    const shared = await serveBoth(t, { isolation: 'shared' })
    const nobody = await talkAs(t, shared.url, shared.ada, 'nobody')
    t.match(
      await nobody.call('talk__sample', { nonce: 'x' }),
      /not found|not support/,
    )
  },
)

t.test('log messages at the level of the client', async (t) => {
  const { url, ada } = await serveBoth(t)
  const { client, call, heard } = await talkAs(t, url, ada, 'one')
  await call('talk__log', { nonce: 'a' })
  await until(() => heard.length === 2, 'both')
  t.same(heard, ['debug a', 'error a'])
  await client.setLoggingLevel('warning')
  await call('talk__log', { nonce: 'b' })
  await call('talk2__log', { nonce: 'c' })
  await until(() => heard.includes('error c'), 'the last')
  t.same(heard.slice(2), ['error b', 'error c'])
  await t.rejects(client.setLoggingLevel('loud' as never))
})

t.test('a completion is routed by its reference', async (t) => {
  const { url, ada } = await serveBoth(t)
  const { client } = await talkAs(t, url, ada, 'one')
  const complete = async (ref: object) => {
    const argument = { name: 'lang', value: 'ty' }
    const { completion } = await client.complete({ ref, argument } as never)
    return completion.values
  }
  t.same(await complete({ type: 'ref/prompt', name: 'talk2__review' }), [
    'review ty',
  ])
  const uri = 'note://{id}/body'
  t.same(await complete({ type: 'ref/resource', uri }), [`${uri} ty`])
  for (const ref of [
    { type: 'ref/prompt', name: 'review' },
    { type: 'ref/resource', uri: 'tree://{+path}' },
  ]) {
    await t.rejects(complete(ref), { code: /-32602|-32002/ })
  }
})

t.test('resources by template, and subscriptions', async (t) => {
  const { url, ada, bob } = await serveBoth(t)
  const one = await talkAs(t, url, ada, 'one')
  const two = await talkAs(t, url, bob, 'two')
  const read = async (uri: string) => {
    const { contents } = await one.client.readResource({ uri })
    return contents[0]
  }
  t.match(await read('note://7/body'), { text: 'at note://7/body' })
  for (const uri of ['note://7/8/body', 'note://7/../body', 'tree://a/b']) {
    await t.rejects(read(uri), { code: -32002 }, uri)
  }
  await one.client.subscribeResource({ uri: 'note://one' })
  await one.client.subscribeResource({ uri: 'note://7/body' })
  await t.rejects(one.client.subscribeResource({ uri: 'tree://a' }))
  await one.call('talk__touch')
  await until(() => one.heard.length === 2, 'both are told')
  t.same(one.heard.sort(), ['updated note://7/body', 'updated note://one'])
  await one.client.unsubscribeResource({ uri: 'note://one' })
  t.same(JSON.parse(await one.call('talk__touch')), ['note://7/body'])
  await two.call('talk__touch')
  t.same(two.heard, [], 'who did not ask hears nothing')
})

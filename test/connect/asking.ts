// Calls of people who have no account at a server yet: each client is asked in
// its own way, and the call goes on.
// Covers src/runtime/relay, src/runtime/upstream and src/runtime/control.

import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import t, { type Test } from 'tap'
import { Seal } from '../../src/runtime/relay/seal.ts'
import { writeLock } from '../harness/oauth/locked.ts'
import { servePeople } from '../harness/oauth/people.ts'
import { signInAt } from '../harness/oauth/walk.ts'
import { connect } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, send } from '../harness/wire.ts'

const TOOL = 'notion__search_issues'

async function serve(t: Test, lock?: Readonly<Record<string, string>>) {
  const files = lock ?? (await writeLock())
  const scene = await servePeople(t, { files })
  /** As a person does at the page that a client shows. */
  const signIn = (token: string, login: string) =>
    signInAt(scene.origin, token, login)
  const accounts = () =>
    scene.gateway.status().servers.find(({ name }) => name === 'notion')
      ?.accounts ?? []
  return { ...scene, signIn, accounts }
}

t.test('an older client gets the address as a text', async (t) => {
  const { gateway, ann, bob, signIn, notion, origin, records } = await serve(t)
  const { call, names } = await connect(t, 'sdk 1.x', gateway.url, ann)
  t.ok((await names()).includes(TOOL), 'listed before anybody has signed in')
  const asked = await call(TOOL, { q: 'x' })
  t.equal(
    asked,
    `Server Notion needs you to sign in to it. Open ${origin}/connect/notion in a browser, sign in, and try again. Or run: gateway connect notion --gateway ${origin}`,
  )
  t.same(notion.accepted, [], 'nothing was sent with a token')
  await signIn(ann, 'ann-at-notion')
  t.equal(await call(TOOL, { q: 'x' }), 'found x')
  const other = await connect(t, 'sdk 1.x', gateway.url, bob)
  t.match(await other.call(TOOL), /needs you to sign in/, 'bob is not ann')
  const own = records().filter(({ server }) => server === 'notion')
  const [refused, answered] = own.filter(({ event }) => event === 'outcome')
  t.match(refused, { upstreamIdentity: 'person', outcome: 'upstream_error' })
  t.notOk(refused?.grant)
  t.match(answered, { upstreamIdentity: 'person', outcome: 'ok' })
  t.match(answered?.grant, /^[0-9a-f]{16}$/)
  const [created] = records().filter(({ notice }) => notice === 'grant')
  t.match(created?.detail, {
    kind: 'created',
    server: 'notion',
    subject: 'ann',
    grantId: answered?.grant,
  })
})

t.test('a client of 2026-07-28 goes on with its call', async (t) => {
  const { gateway, ann, signIn, origin } = await serve(t)
  const client = new ModernClient(
    { name: 'modern', version: '1' },
    {
      capabilities: { elicitation: { url: {} } },
      versionNegotiation: { mode: 'auto' },
    },
  )
  const asked: unknown[] = []
  client.setRequestHandler('elicitation/create', ({ params }) => {
    asked.push(params)
    // The client comes back at once, the person takes longer.
    void signIn(ann, 'ann-at-notion')
    return { action: 'accept' }
  })
  const requestInit = { headers: { authorization: `Bearer ${ann}` } }
  await client.connect(
    new ModernTransport(new URL(gateway.url), { requestInit }),
  )
  t.teardown(() => client.close())
  const { content } = await client.callTool({
    name: TOOL,
    arguments: { q: 'y' },
  })
  t.match(content, [{ text: 'found y' }])
  t.match(asked, [{ mode: 'url', url: `${origin}/connect/notion` }])
  t.equal(asked.length, 1)
})

t.test('a person who declines is told how to sign in later', async (t) => {
  const { gateway, ann } = await serve(t)
  const client = new ModernClient(
    { name: 'modern', version: '1' },
    {
      capabilities: { elicitation: { url: {} } },
      versionNegotiation: { mode: 'auto' },
    },
  )
  client.setRequestHandler('elicitation/create', () => ({ action: 'decline' }))
  const requestInit = { headers: { authorization: `Bearer ${ann}` } }
  await client.connect(
    new ModernTransport(new URL(gateway.url), { requestInit }),
  )
  t.teardown(() => client.close())
  const { content, isError } = await client.callTool({
    name: TOOL,
    arguments: {},
  })
  t.ok(isError)
  t.match(content, [{ text: /needs you to sign in/ }])
})

t.test('a call of a session waits until its person is back', async (t) => {
  const { gateway, ann, signIn, origin } = await serve(t)
  const client = new Client(
    { name: 'session', version: '1' },
    { capabilities: { elicitation: { url: {} } } },
  )
  const asked: unknown[] = []
  const completed: unknown[] = []
  client.fallbackNotificationHandler = async (one) => {
    completed.push(one)
  }
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params)
    void signIn(ann, 'ann-at-notion')
    return { action: 'accept' }
  })
  const requestInit = { headers: { authorization: `Bearer ${ann}` } }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(gateway.url), {
      requestInit,
    }) as never,
  )
  t.teardown(() => client.close())
  const { content } = await client.callTool({
    name: TOOL,
    arguments: { q: 'z' },
  })
  t.match(content, [{ text: 'found z' }])
  t.match(asked, [
    { mode: 'url', url: `${origin}/connect/notion`, elicitationId: /./ },
  ])
  const [one] = asked as { elicitationId: string }[]
  t.match(completed, [
    {
      method: 'notifications/elicitation/complete',
      params: { elicitationId: one?.elicitationId },
    },
  ])
})

t.test('a revoked person has no grant left', async (t) => {
  const scene = await serve(t)
  const { gateway, ann, bob, signIn, accounts, folder, notion } = scene
  await signIn(ann, 'ann-at-notion')
  await signIn(bob, 'bob-at-notion')
  const files = () =>
    readdirSync(join(folder, 'grants')).filter((one) => one.endsWith('.grant'))
  t.equal(files().length, 2)
  t.same(
    accounts().map(({ subject, state }) => [subject, state]),
    [
      ['ann', 'connected'],
      ['bob', 'connected'],
    ],
  )
  const { logins } = scene
  const before = logins.paths.length
  await gateway.revoke({ kind: 'subject', value: 'ann' })
  await until(() => files().length === 1)
  t.same(
    accounts().map(({ subject }) => subject),
    ['bob'],
  )
  await until(() =>
    logins.paths.slice(before).some((path) => path.includes('/revocation')),
  )
  const other = await connect(t, 'sdk 1.x', gateway.url, bob)
  t.equal(await other.call(TOOL, { q: 'b' }), 'found b')
  t.equal(new Set(notion.accepted).size, 1)
})

t.test('a state of one person does not serve another', async (t) => {
  const { gateway, ann, bob, signIn, notion } = await serve(t)
  const meta = {
    ...ENVELOPE,
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
  }
  const ask = async (token: string, more: object = {}) => {
    const params = { name: TOOL, arguments: { q: 'x' }, _meta: meta, ...more }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const headers = modernHeaders(token, 'tools/call', TOOL)
    const answer = await send(gateway.url, {
      headers,
      body: JSON.stringify(body),
    })
    return JSON.parse(answer.body)
  }
  const { result } = await ask(ann)
  t.equal(result.resultType, 'input_required')
  const [key = ''] = Object.keys(result.inputRequests)
  const again = {
    requestState: result.requestState,
    inputResponses: { [key]: { action: 'accept' } },
  }
  t.match(await ask(bob, again), { error: { code: -32602 } })
  await signIn(ann, 'ann-at-notion')
  const done = await ask(ann, again)
  t.match(done.result.content, [{ text: 'found x' }])
  t.match(await ask(ann, again), { error: { code: -32602 } }, 'once')
  t.equal(notion.calls.length, 1)
})

t.test(
  'without a lock, each person sees what the server has for them',
  async (t) => {
    const scene = await serve(t, {})
    const { gateway, ann, bob, signIn } = scene
    const own = await connect(t, 'sdk 1.x', gateway.url, ann)
    t.same(await own.names(), [])
    await signIn(ann, 'ann-at-notion')
    t.ok((await own.names()).includes(TOOL))
    t.equal(await own.call(TOOL, { q: 'x' }), 'found x')
    const modern = await connect(t, 'sdk 2.x modern', gateway.url, ann)
    t.ok((await modern.names()).includes(TOOL))
    const other = await connect(t, 'sdk 1.x', gateway.url, bob)
    t.same(await other.names(), [], 'bob has not signed in')
  },
)

t.test('a call of before ends when its person signs in again', async (t) => {
  const scene = await serve(t)
  const { gateway, ann, signIn, config, reload, notion } = scene
  const all = { allow: { ...config.roles.all.allow, notion: ['*'] } }
  await reload({ ...config, roles: { ...config.roles, all } })
  await signIn(ann, 'ann-at-one')
  const { call } = await connect(t, 'sdk 1.x', gateway.url, ann)
  const under = call('notion__slow', { ms: 2_000 })
  await until(() => notion.calls.includes('slow'))
  await signIn(ann, 'ann-at-two')
  t.equal(await under, 'done')
  t.equal(await call(TOOL, { q: 'x' }), 'found x')
})

t.test('a server that wants more than the last sign-in gave', async (t) => {
  const { gateway, ann, signIn, notion } = await serve(t)
  const client = new ModernClient(
    { name: 'modern', version: '1' },
    {
      capabilities: { elicitation: { url: {} } },
      versionNegotiation: { mode: 'auto' },
    },
  )
  let asked = 0
  client.setRequestHandler('elicitation/create', async () => {
    asked++
    await signIn(ann, 'ann-at-notion')
    // Known only after the first sign-in.
    if (asked === 1) notion.needs = ['write']
    return { action: 'accept' }
  })
  const requestInit = { headers: { authorization: `Bearer ${ann}` } }
  await client.connect(
    new ModernTransport(new URL(gateway.url), { requestInit }),
  )
  t.teardown(() => client.close())
  const { content } = await client.callTool({
    name: TOOL,
    arguments: { q: 'y' },
  })
  t.match(content, [{ text: 'found y' }])
  t.equal(asked, 2, 'asked again, and not left to wait')
})

t.test('equal calls of one moment have states of their own', (t) => {
  const seal = new Seal(randomBytes(32))
  const bearer = { lineage: 'a', about: ['tools/call', 'notion', 'x'] }
  const state = { inner: null, round: 1, args: '' }
  const [one, two] = [1, 2].map(() => seal.close(state, bearer, 1_000))
  t.not(one, two)
  t.same(seal.open(one ?? '', bearer, 1_001), state)
  t.equal(
    seal.close(state, bearer, null),
    seal.close(state, bearer, null),
    'one without an end stays the same',
  )
  t.end()
})

// The serve journey, end to end: real servers, real clients of both eras, the
// audit file read back.
// Covers src/runtime/gateway.ts, src/runtime/pipeline.ts,
// src/runtime/runtime.ts, src/runtime/listeners.ts, src/runtime/routes.ts.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Clock, systemClock } from '../../src/runtime/base/clock.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { CLIENTS, connect, issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post, readMessage, send } from '../harness/wire.ts'

const stdio = {
  type: 'stdio',
  command: process.execPath,
  args: [join(import.meta.dirname, '../harness/stdio-server.js')],
}

async function start(
  t: Parameters<typeof serveConfig>[0],
  more: object = {},
  clock?: Clock,
) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const reader = issue({ subject: 'rita', roles: ['reader'] })
  const engineer = issue({ subject: 'erik', team: 'platform' })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url }, local: stdio },
    roles: {
      reader: {
        allow: {
          issues: ['search_*', { resource: 'note://*' }],
          local: ['echo'],
        },
      },
      engineer: {
        extends: ['reader'],
        allow: {
          issues: [
            { tool: 'create_issue', when: { owner: { in: ['acme', 'beta'] } } },
            'slow',
            'delete_file',
            { prompt: '*' },
          ],
          local: ['*'],
        },
        deny: { issues: ['delete_*'] },
      },
    },
    teams: { platform: { roles: ['engineer'] } },
    ...more,
  }
  const served = await serveConfig(t, config, [reader, engineer], clock)
  return { upstream, reader, engineer, config, ...served }
}

t.test('two tokens, one endpoint', async (t) => {
  const { gateway, reader, engineer, records, folder, upstream } =
    await start(t)
  const { url } = gateway
  for (const kind of CLIENTS) {
    const few = await connect(t, kind, url, reader.token)
    const many = await connect(t, kind, url, engineer.token)
    t.same(await few.names(), ['issues__search_issues', 'local__echo'], kind)
    t.same(
      await many.names(),
      [
        'issues__create_issue',
        'issues__search_issues',
        'issues__slow',
        'local__cancelled',
        'local__die',
        'local__echo',
        'local__fail',
        'local__garbage',
        'local__pid',
        'local__sleep',
      ],
      kind,
    )
    t.equal(await few.call('issues__search_issues', { q: 'x' }), 'found x')
    t.equal(await many.call('local__echo', { a: 1 }), '{"a":1}')
    const create = 'issues__create_issue'
    t.equal(await many.call(create, { owner: 'acme' }), 'created for acme')
    t.equal(
      await many.call(create, { owner: 'evil' }),
      'Not allowed with these arguments: `owner` must be one of `acme`, `beta`.',
    )
    const read = await few.client.readResource({ uri: 'note://one' })
    t.match(read, { contents: [{ text: 'a note' }] })
    const prompt = await many.client.getPrompt({ name: 'issues__greet' })
    t.match(prompt, { messages: [{ content: { text: 'hello' } }] })
    await t.rejects(few.client.getPrompt({ name: 'issues__greet' }), {
      message: /Unknown prompt: issues__greet/,
    })
    await t.rejects(few.client.readResource({ uri: 'note://two' }), {
      message: /Resource not found/,
    })
  }
  t.notOk(upstream.calls.includes('delete_file'), 'a denied call went nowhere')
  const versions = new Set(records().map(({ protocol }) => protocol))
  t.ok(versions.has('2025-11-25') && versions.has('2026-07-28'), 'both eras')

  await t.test('a refused name reads as an unknown one', async (t) => {
    const refused = async (name: string) => {
      const answer = await post(url, reader.token, 'tools/call', { name })
      const hidden = name.length.toString().padStart(2, '0')
      return `${answer.status} ${answer.body.replaceAll(name, hidden)}`
    }
    const denied = await refused('issues__delete_file')
    const absent = await refused('issues__delete_fool')
    t.equal(denied, absent)
    t.match(denied, /"code":-32602,"message":"Unknown tool: \d\d"/)
  })

  await t.test('the audit names the deciding rule', async (t) => {
    const lines = readFileSync(
      join(folder, 'gateway.config.json'),
      'utf8',
    ).split('\n')
    const lineOf = (at: string | null | undefined) => {
      t.match(at, /^gateway\.config\.json:\d+$/)
      return lines[Number(at?.split(':')[1]) - 1]?.trim()
    }
    const of = (subject: string, exposed: string) =>
      records().filter(
        (one) => one.subject === subject && one.exposed === exposed,
      )
    const [intent, outcome] = of('rita', 'issues__search_issues')
    t.match(intent, {
      event: 'intent',
      decision: 'allowed',
      tool: 'search_issues',
    })
    t.match(outcome, { event: 'outcome', outcome: 'ok' })
    t.equal(outcome?.requestId, intent?.requestId)
    t.ok((intent?.seq ?? 0) < (outcome?.seq ?? 0))
    t.equal(intent?.rule?.pointer, '/roles/reader/allow/issues/0')
    t.equal(lineOf(intent?.rule?.at), '"search_*",')

    const refusal = of('rita', 'issues__delete_file').at(-1)
    t.match(refusal, { event: 'refusal', decision: 'denied', server: 'issues' })
    t.equal(refusal?.rule?.pointer, '/roles/reader/allow/issues')
    t.equal(lineOf(refusal?.rule?.at), '"issues": [')

    await post(url, engineer.token, 'tools/call', {
      name: 'issues__delete_file',
    })
    const denied = of('erik', 'issues__delete_file').at(-1)
    t.equal(denied?.rule?.pointer, '/roles/engineer/deny/issues/0')
    t.equal(lineOf(denied?.rule?.at), '"delete_*"')

    const unknown = records().filter(({ decision }) => decision === 'unknown')
    t.match(unknown, [{ event: 'refusal', server: null, rule: null }])
    const constrained = of('erik', 'issues__create_issue').find(
      ({ event }) => event === 'refusal',
    )
    t.match(constrained, {
      decision: 'denied',
      rule: { pointer: '/roles/engineer/allow/issues/0' },
    })
  })
})

t.test('progress and cancellation cross the gateway', async (t) => {
  const { gateway, engineer, upstream, records } = await start(t)
  for (const kind of CLIENTS) {
    const client = await connect(t, kind, gateway.url, engineer.token)
    for (const tool of ['issues__slow', 'local__sleep']) {
      const seen: unknown[] = []
      const onprogress = (progress: unknown) => seen.push(progress)
      await client.watch(tool, { ms: 50 }, { onprogress })
      t.match(seen, [{ progress: 1 }], `${kind} ${tool}`)
      const abort = new AbortController()
      const call = client.watch(
        tool,
        { ms: 60_000 },
        { onprogress: () => abort.abort(), signal: abort.signal },
      )
      await t.rejects(call, `${kind} ${tool} aborted`)
    }
    await until(() => upstream.cancelled.length > CLIENTS.indexOf(kind))
    await until(async () => {
      const ids = JSON.parse(await client.call('local__cancelled')) as unknown[]
      return ids.length === CLIENTS.indexOf(kind) + 1
    })
  }
  const cancelled = records().filter(({ outcome }) => outcome === 'cancelled')
  t.equal(cancelled.length, 2 * CLIENTS.length)
})

t.test('more than 60 refusals a minute affect only refusals', async (t) => {
  // On a busy machine, sixty calls take a second, and one more is admitted then.
  // From this time on, sixty seconds add up to a little more than a minute.
  const began = 47_656.082_111_523_276
  const still = { ...systemClock, monotonic: () => began }
  const { gateway, reader } = await start(t, {}, still)
  const call = (name: string) =>
    post(gateway.url, reader.token, 'tools/call', { name, arguments: {} })
  for (let i = 0; i < 60; i++) {
    const { status } = await call(i % 2 ? 'nothing' : 'issues__delete_file')
    if (status !== 200) t.fail(`refusal ${i} gave ${status}`)
  }
  const flooded = await call('nothing')
  t.equal(flooded.status, 429)
  t.match(flooded.headers, { 'retry-after': '1' })
  t.match(JSON.parse(flooded.body), { id: 1, error: { code: 42900 } })
  t.match((await call('issues__search_issues')).body, /found/)
})

t.test('a reload removes the grant of an in-flight call', async (t) => {
  const { gateway, engineer, config, reload, records } = await start(t)
  const client = await connect(t, 'sdk 1.x', gateway.url, engineer.token)
  const onprogress = () => {
    const narrow = { ...config.roles, engineer: { extends: ['reader'] } }
    void reload({ ...config, roles: narrow })
  }
  const call = client.watch('local__sleep', { ms: 60_000 }, { onprogress })
  await t.rejects(call, { message: /Unknown tool: local__sleep/ })
  t.ok(records().some(({ outcome }) => outcome === 'revoked'))
  t.same(await client.names(), ['issues__search_issues', 'local__echo'])
})

t.test('only clients whose list changed get a notification', async (t) => {
  const { gateway, reader, engineer, config, reload } = await start(t)
  const listen = async (token: string) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    }
    const params = { protocolVersion: '2025-11-25', capabilities: {} }
    const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params }
    const body = JSON.stringify(hello)
    const { headers: said } = await send(gateway.url, { headers, body })
    const session = String(said['mcp-session-id'])
    const whole = { ...headers, 'mcp-session-id': session }
    const stream = send(gateway.url, { method: 'GET', headers: whole })
    await until(() => gateway.status().streams > 0)
    return async () => {
      await send(gateway.url, { method: 'DELETE', headers: whole })
      return (await stream).body
    }
  }
  const endReader = await listen(reader.token)
  const endEngineer = await listen(engineer.token)
  await until(() => gateway.status().streams === 2)
  const narrow = { ...config.roles, engineer: { extends: ['reader'] } }
  await reload({ ...config, roles: narrow })
  await reload({ ...config, drain: '1s', roles: narrow })
  const told = (await endEngineer()).match(/tools\/list_changed/g)
  t.equal(told?.length, 1, 'once, though two tables came')
  t.notMatch(await endReader(), /list_changed/)
})

t.test(
  'long messages arrive whole, also when they are sent again',
  async (t) => {
    const { gateway, engineer, upstream, records } = await start(t)
    const q = 'long "é\\n" '.repeat(100_000)
    const ask = async (name: string, args: object) => {
      const params = { name, arguments: args }
      const answer = await post(
        gateway.url,
        engineer.token,
        'tools/call',
        params,
      )
      return readMessage(answer.body).result.content[0].text as string
    }
    const search = () => ask('issues__search_issues', { q })
    t.ok((await search()) === `found ${q}`, 'over HTTP')
    upstream.forget()
    t.ok((await search()) === `found ${q}`, 'in a new session')
    t.equal(upstream.calls.length, 2)
    const text = JSON.stringify({ q })
    t.ok((await ask('local__echo', { q })) === text, 'over stdio')
    const outcomes = records().filter(({ event }) => event === 'outcome')
    t.ok(
      outcomes.slice(-3).every(({ bytesOut }) => Number(bytesOut) > q.length),
    )
  },
)

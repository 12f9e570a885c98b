// Attacks on the accounts of people: whatever changes while calls run, a call
// carries the token of its own person, or none.
// Covers src/runtime/upstream, src/runtime/relay, src/runtime/control and
// src/runtime/oauth.

import { importJWK } from 'jose'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import {
  LOCK,
  startTrialServer,
  type TrialServer,
} from '../harness/grants/server.ts'
import { startLogins } from '../harness/oauth/logins.ts'
import { begin, consentThere, logIn, Walker } from '../harness/oauth/walk.ts'
import { type Issued, issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import {
  ENVELOPE,
  modernHeaders,
  post,
  readMessage,
  send,
} from '../harness/wire.ts'

const TOOL = 'whoami'

/** A gateway before one server of each era, and the tokens of three people: of
 * ann two. */
async function serve(t: Test, isolation: 'principal' | 'session') {
  const logins = await startLogins()
  const key = await importJWK(logins.jwk, 'ES256')
  const from = { issuer: logins.issuer, key }
  const [modern, legacy] = [
    await startTrialServer(t, from, 'modern'),
    await startTrialServer(t, from, 'legacy'),
  ]
  t.teardown(() => logins.close())
  const who = (subject: string) => issue({ subject, team: 'one' })
  const [ann, twin, bob] = [who('ann'), who('ann'), who('bob')]
  const auth = { type: 'oauth', as: 'person' }
  const room = { concurrency: 200, queue: 200, isolation }
  const server = ({ url }: TrialServer) => ({
    type: 'http',
    url,
    auth,
    ...room,
  })
  const config = {
    servers: { modern: server(modern), legacy: server(legacy) },
    roles: { all: { allow: { modern: ['*'], legacy: ['*'] } } },
    teams: { one: { roles: ['all'] } },
    drain: '1s',
  }
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) })
  const lock = { formatVersion: 1, servers: { modern: LOCK, legacy: LOCK } }
  const files = { 'gateway.lock.json': JSON.stringify(lock) }
  const issued = [ann, twin, bob]
  const served = await serveConfig(t, config, issued, undefined, files, log)
  const { gateway } = served
  const { origin } = new URL(gateway.url)
  /** `account`: their name at the authorization server. */
  const signIn = async ({ token }: Issued, name: string, account: string) => {
    const walker = new Walker()
    const page = await logIn(walker, origin, token, `/connect/${name}`)
    const onward = await begin(walker, page, name)
    const { text } = await consentThere(walker, onward, account)
    if (!text.includes('is connected')) throw new Error(text)
    return { walker, page: await walker.get(`${origin}/connect/${name}`) }
  }
  /** As a client without sessions. `who`: whose account it must be. */
  const call = async ({ token }: Issued, name: string, who: string) => {
    const params = { name: `${name}__${TOOL}`, arguments: { who, n: 1 } }
    const { body } = await post(gateway.url, token, 'tools/call', params)
    return readText(body)
  }
  return {
    ...served,
    config,
    logins,
    logged,
    servers: { modern, legacy },
    people: { ann, twin, bob },
    origin,
    signIn,
    call,
  }
}

type Name = 'modern' | 'legacy'

const NAMES: readonly Name[] = ['modern', 'legacy']

function readText(body: string): string {
  const line = body.split('\n').findLast((one) => one.includes('{')) ?? '{}'
  const { result, error } = JSON.parse(line.replace(/^data: ?/, ''))
  return String(result?.content?.[0]?.text ?? error?.message)
}

/** A call that the server has got and not answered. */
function hold(server: TrialServer) {
  let open = () => {}
  const before = server.calls
  server.gate = new Promise((resolve) => {
    open = resolve
  })
  return {
    arrived: () => until(() => server.calls > before),
    open: () => {
      server.gate = Promise.resolve()
      open()
    },
  }
}

/** A legacy session: its id, and a call over it with any token. */
async function openSession(url: string, { token }: Issued) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'old', version: '1' },
  }
  const message = { jsonrpc: '2.0', id: 0, method: 'initialize', params }
  const body = JSON.stringify(message)
  const { headers: own } = await send(url, { headers, body })
  const id = String(own['mcp-session-id'])
  const call = async (
    name: string,
    who: string,
    by: Issued = { token } as never,
  ) => {
    const given = { name: `${name}__${TOOL}`, arguments: { who, n: 1 } }
    const method = 'tools/call'
    const sent = { jsonrpc: '2.0', id: 1, method, params: given }
    const more = {
      authorization: `Bearer ${by.token}`,
      'mcp-session-id': id,
      'mcp-protocol-version': '2025-11-25',
    }
    const answer = await send(url, {
      headers: { ...headers, ...more },
      body: JSON.stringify(sent),
    })
    return answer.status === 200 ? readText(answer.body) : `${answer.status}`
  }
  return { id, call }
}

const ASKED = /needs you to sign in/

for (const isolation of ['principal', 'session'] as const) {
  t.test(`${isolation}: each person has their own account`, async (t) => {
    const { people, servers, signIn, call, gateway } = await serve(t, isolation)
    const { ann, twin, bob } = people
    const sessions = {
      ann: await openSession(gateway.url, ann),
      twin: await openSession(gateway.url, twin),
      bob: await openSession(gateway.url, bob),
    }
    for (const name of NAMES) {
      await signIn(ann, name, 'ann-there')
      t.equal(await call(twin, name, 'ann-there'), 'ann-there 1')
      t.match(await call(bob, name, 'bob-there'), ASKED, 'of one team')
      t.match(await sessions.bob.call(name, 'bob-there'), ASKED)
      await signIn(bob, name, 'bob-there')
      const all = Array.from({ length: 40 }, (_, n) => {
        const [person, who] = [
          [ann, 'ann-there'],
          [bob, 'bob-there'],
          [twin, 'ann-there'],
        ][n % 3] as [Issued, string]
        const own = n % 3 === 0 ? 'ann' : n % 3 === 1 ? 'bob' : 'twin'
        return n % 2 === 0
          ? call(person, name, who)
          : sessions[own].call(name, who)
      })
      const said = await Promise.all(all)
      t.same(new Set(said), new Set(['ann-there 1', 'bob-there 1']))
      const stolen = await sessions.ann.call(name, 'bob-there', bob)
      t.match(stolen, /^40[0-9]$/, 'a session of another')
      t.same(servers[name].crossed, [])
    }
  })
}

t.test('a swap of the table in the middle', async (t) => {
  const scene = await serve(t, 'principal')
  const { people, servers, signIn, call, config, reload } = scene
  const { ann, bob } = people
  for (const name of NAMES) {
    await signIn(ann, name, 'ann-there')
    await signIn(bob, name, 'bob-there')
  }
  let isOver = false
  const said = new Map<string, number>()
  const work = NAMES.flatMap((name) =>
    [ann, bob, ann, bob].map(async (person) => {
      const who = person === ann ? 'ann-there' : 'bob-there'
      while (!isOver) {
        const text = await call(person, name, who)
        const isOwn = text === `${who} 1`
        const kind = isOwn ? 'own' : text
        said.set(kind, (said.get(kind) ?? 0) + 1)
      }
    }),
  )
  for (let n = 0; n < 6; n++) {
    const before = said.get('own') ?? 0
    await until(() => (said.get('own') ?? 0) >= before + 20)
    // The servers are new ones each time, as far as sessions go.
    const isolation = n % 2 === 0 ? 'session' : 'principal'
    const { modern, legacy } = config.servers
    await reload({
      ...config,
      servers: {
        modern: { ...modern, isolation, timeout: `${n + 60}s` },
        legacy: { ...legacy, isolation, timeout: `${n + 60}s` },
      },
    })
  }
  isOver = true
  await Promise.all(work)
  for (const name of NAMES) t.same(servers[name].crossed, [])
  t.same([...said.keys()], ['own'], 'no call was asked, or failed')
})

for (const name of NAMES) {
  t.test(`${name}: another account while a call runs`, async (t) => {
    const { people, servers, signIn, call, origin } = await serve(
      t,
      'principal',
    )
    const { ann } = people
    const server = servers[name]
    await signIn(ann, name, 'ann-one')
    const held = hold(server)
    const running = call(ann, name, 'ann-one')
    await held.arrived()
    server.gate = Promise.resolve()
    const { walker, page } = await signIn(ann, name, 'ann-two')
    t.equal(await call(ann, name, 'ann-two'), 'ann-two 1')
    const between = server.seen.length
    const gone = await walker.submit(page, `/connect/${name}/disconnect`)
    t.match(gone.text, 'is disconnected', origin)
    t.match(await call(ann, name, 'ann-two'), ASKED)
    held.open()
    t.ok(await running, 'it has ended')
    t.match(await call(ann, name, 'ann-one'), ASKED)
    t.same(server.seen.slice(between), [], 'nothing was sent after that')
    t.same(server.crossed, [])
  })

  t.test(`${name}: a token that is revoked while its call waits`, async (t) => {
    const { people, servers, signIn, gateway } = await serve(t, 'principal')
    const { ann, twin } = people
    const ask = async (more: object = {}) => {
      const tool = `${name}__${TOOL}`
      const _meta = {
        ...ENVELOPE,
        'io.modelcontextprotocol/clientCapabilities': {
          elicitation: { url: {} },
        },
      }
      const given = { who: 'ann-there', n: 1 }
      const params = { name: tool, arguments: given, _meta, ...more }
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
      return await send(gateway.url, {
        headers: modernHeaders(ann.token, 'tools/call', tool),
        body: JSON.stringify(body),
      })
    }
    const { result } = readMessage((await ask()).body)
    const [key = ''] = Object.keys(result.inputRequests)
    const accepted = {
      requestState: result.requestState,
      inputResponses: { [key]: { action: 'accept' } },
    }
    let isOver = false
    const waiting = ask(accepted).finally(() => {
      isOver = true
    })
    await until(async () => (await ask(accepted)).body.includes('-32602'))
    t.notOk(isOver, 'it waits')
    await gateway.revoke({ kind: 'token', value: ann.id })
    await signIn(twin, name, 'ann-there')
    const { body } = await waiting.catch(() => ({ body: 'cut' }))
    t.notMatch(body, 'ann-there 1')
    t.equal(servers[name].calls, 0, 'it has not run')
    t.equal((await ask()).status, 401)
  })
}

t.test('calls that wait are bounded, and theirs', async (t) => {
  const { people, servers, signIn, gateway, origin } = await serve(
    t,
    'principal',
  )
  const { ann, bob } = people
  const capabilities = { elicitation: { url: {} } }
  const ask = async ({ token }: Issued, who: string, more: object = {}) => {
    const name = `modern__${TOOL}`
    const _meta = {
      ...ENVELOPE,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    }
    const params = { name, arguments: { who, n: 1 }, _meta, ...more }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const answer = await send(gateway.url, {
      headers: modernHeaders(token, 'tools/call', name),
      body: JSON.stringify(body),
    })
    return answer.body
  }
  const states = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const text = await ask(ann, 'ann-there')
      const { result } = JSON.parse(text)
      const [[key, question]] = Object.entries(result.inputRequests) as [
        [string, { params: { url: string } }],
      ]
      t.equal(question.params.url, `${origin}/connect/modern`)
      // In the sealed state, three letters stand by chance.
      const shown = JSON.stringify(result.inputRequests)
      t.notMatch(shown, 'ann')
      for (const own of [ann.token, ann.id]) t.notMatch(text, own)
      const { requestState } = result
      return { requestState, inputResponses: { [key]: { action: 'accept' } } }
    }),
  )
  const [first] = states
  const other = await ask(ann, 'bob-there', first)
  t.match(other, '-32602', 'of a call with other arguments')
  t.match(await ask(bob, 'ann-there', first), '-32602', 'of another person')
  const ended: string[] = []
  const all = states.map(async (state) => {
    const text = readText(await ask(ann, 'ann-there', state))
    ended.push(text)
    return text
  })
  await until(() => ended.length >= 4)
  t.equal(ended.length, 4, 'those beyond sixteen do not wait')
  for (const text of ended) t.match(text, ASKED)
  await signIn(bob, 'modern', 'bob-there')
  t.equal(servers.modern.calls, 0, 'the sign-in of another ends no wait')
  await signIn(ann, 'modern', 'ann-there')
  const said = await Promise.all(all)
  t.equal(said.filter((one) => one === 'ann-there 1').length, 16)
  t.same(servers.modern.crossed, [])
  t.equal(servers.modern.calls, 16)
})

t.test('the trouble of one person is not that of the server', async (t) => {
  const scene = await serve(t, 'principal')
  const { people, servers, signIn, call, logins, gateway, logged } = scene
  const { ann, bob } = people
  await signIn(ann, 'modern', 'ann-there')
  await signIn(bob, 'modern', 'bob-there')
  t.equal(await call(ann, 'modern', 'ann-there'), 'ann-there 1')
  servers.modern.refuses = 'ann-there'
  logins.fault = (_, response) => response.writeHead(500).end()
  t.match(await call(ann, 'modern', 'ann-there'), 'could not sign in')
  const [state] = gateway
    .status()
    .servers.filter(({ name }) => name === 'modern')
  t.equal(state?.state, 'up')
  t.notMatch(logged.join(''), '"msg":"unauthorized"', 'nobody is woken')
  t.match(logged.join(''), '"msg":"up, each person signs in"')
  t.equal(await call(bob, 'modern', 'bob-there'), 'bob-there 1')
})

// Sign-in to servers in trouble: tokens that are refused, authorization servers
// that fail, clients that they refuse. Nothing of it tells a secret.
// Covers src/runtime/oauth.

import { writeFileSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import type { AuthorizationServer } from '../harness/oauth/authorization-server.ts'
import {
  BY_KEY,
  BY_SECRET,
  makeClock,
  SECRET,
  serveLedger,
  startPeers,
} from '../harness/oauth/scene.ts'
import { until } from '../harness/until.ts'

t.test('a token that the server refuses is renewed once', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, state, everything, gateway } = await serveLedger(t, scene, auth)
  await call()
  const sessions = gateway.status().servers[0]?.sessions
  ledger.revoked.add(ledger.accepted.at(-1) ?? '')
  const found = await Promise.all(
    Array.from({ length: 100 }, (_, at) => call(`${at}`)),
  )
  t.same(
    found.filter((text) => !text.startsWith('found')),
    [],
  )
  t.equal(as.requests.length, 2, 'one request for a hundred refusals')
  t.equal(gateway.status().servers[0]?.sessions, sessions, 'the same session')

  ledger.repeats = true
  t.equal(
    await call(),
    'error: you sent Bearer [redacted]',
    'it is a secret too',
  )
  ledger.repeats = false

  // Now it refuses every token.
  ledger.revoked.add = () => ledger.revoked
  ledger.revoked.has = () => true
  for (let at = 0; at < 30; at++) {
    t.match(await call(), /refused the gateway \(HTTP 401\)/)
  }
  t.ok(as.requests.length <= 8, `${as.requests.length} requests`)
  t.match(state(), /^unauthorized: refuses the gateway: HTTP 401; client gw of/)
  for (const { body } of as.requests) t.match(body, 'client_credentials')
  for (const token of [...ledger.refused, ...ledger.accepted]) {
    if (token) t.notMatch(everything(), token.slice(7))
  }
})

t.test('one refused call takes the token from no other', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, gateway } = await serveLedger(t, scene, auth)
  t.equal(await call(), 'found x')
  const held: ServerResponse[] = []
  as.fault = (_, response) => void held.push(response)
  let refusals = 1
  ledger.revoked.has = () => refusals-- > 0
  const refused = call()
  await until(() => held.length > 0)
  const beside = call('beside')
  await until(() => gateway.status().servers[0]?.inFlight === 2)
  as.fault = (_, response) => void response.writeHead(503).end()
  for (const response of held) response.writeHead(503).end()
  t.match(await refused, /could not sign in/)
  t.equal(await beside, 'found beside', 'one that came meanwhile')
  const all = await Promise.all(['1', '2', '3'].map((q) => call(q)))
  t.same(all, ['found 1', 'found 2', 'found 3'])
})

t.test('scopes of the config are never widened', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const auth = { issuer: as.issuer, client: BY_KEY, scopes: ['read'] }
  const { call, state } = await serveLedger(t, scene, auth)
  await call()
  ledger.needs = ['write']
  for (let at = 0; at < 3; at++) {
    t.match(await call(), 'refused the gateway (HTTP 403)')
  }
  t.equal(as.requests.length, 1)
  t.match(
    state(),
    'unauthorized: refuses the gateway: HTTP 403 insufficient_scope: the token lacks the scope write; add to `auth.scopes` of servers.ledger what it may have',
  )
})

t.test('one tool wants a scope that nobody gives', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const clock = makeClock()
  // Less than the age at which lists are read again: they would want it too.
  as.life = 30
  as.fault = (request, response) => {
    const { body = '' } = as.requests.at(-1) ?? {}
    const isToken = request.method === 'POST'
    if (!isToken || !body.includes('admin')) return as.answer(request, response)
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: 'invalid_scope' }))
  }
  const { call, state } = await serveLedger(t, scene, { client: BY_KEY }, clock)
  await call()
  ledger.needs = ['admin']
  const refused = await Promise.all(
    Array.from({ length: 20 }, (_, at) => call(`${at}`)),
  )
  t.ok(refused.every((text) => text.includes('refused the gateway (HTTP 403)')))
  t.match(await call(), 'refused the gateway (HTTP 403)')
  ledger.needs = []
  t.equal(await call(), 'found x', 'the others have their token')
  t.match(state(), /^up: client keyed of .*: its token ends at [\d-T:.Z]+$/)
  clock.ahead += 30_000
  t.equal(await call(), 'found x', 'and the next one')
  t.equal(as.requests.length, 3)
  as.fault = (_, response) => void response.writeHead(500).end()
  ledger.needs = ['write']
  t.match(await call(), 'refused the gateway (HTTP 403)')
  ledger.needs = []
  t.equal(await call(), 'found x', 'also while the server of tokens fails')
  t.match(state(), /^up: .*, and cannot be renewed: .* fails: HTTP 500$/)
  as.fault = undefined
  ledger.needs = ['write']
  clock.ahead += 10_000
  t.equal(await call(), 'found x', 'what is given is had')
})

t.test('an authorization server in trouble', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 60
  const clock = makeClock()
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, state } = await serveLedger(t, scene, auth, clock)
  await call()
  const answers = (status: number): RequestListener => {
    return (_, response) => void response.writeHead(status).end('no')
  }
  const useless = answers(200)
  const faults: readonly (readonly [RequestListener, RegExp])[] = [
    [answers(500), /fails: HTTP 500/],
    [answers(503), /fails: HTTP 503/],
    [
      ({ socket }) => void socket.destroy(),
      /cannot be reached: UND_ERR_SOCKET/,
    ],
    [useless, /is of no use: its answer is not a token response/],
  ]
  for (const [fault, expected] of faults) {
    as.fault = fault
    clock.ahead += 120_000
    t.match(await call(), /could not sign in to it/)
    t.match(state(), /^unauthorized: cannot sign in: /)
    t.match(state(), expected)
    const isPassing = fault !== useless
    t.match(await call(), isPassing ? /Try again in/ : /Tell the/)
    const { length } = as.paths
    await Promise.all([call(), call(), call()])
    t.equal(as.paths.length, length, 'not asked again so soon')
    as.fault = undefined
    clock.ahead += 60_000
    t.equal(await call(), 'found x')
    await until(() => state().startsWith('up: client gw of'))
  }
  await as.close()
  clock.ahead += 120_000
  t.match(await call(), 'could not sign in to it')
  t.match(state(), /cannot be reached: it refuses connections \(ECONNREFUSED\)/)
  await as.open()
  clock.ahead += 60_000
  t.equal(await call(), 'found x', 'after its restart')
})

t.test('a renewal that fails does not end a token', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 60
  const clock = makeClock()
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, state } = await serveLedger(t, scene, auth, clock)
  await call()
  as.fault = (_, response) => void response.writeHead(500).end()
  clock.ahead += 50_000
  t.equal(await call(), 'found x')
  await until(() => state().includes('cannot be renewed'))
  t.match(state(), /^up: client gw of .*, and cannot be renewed: .* HTTP 500/)
  t.equal(await call(), 'found x')
})

t.test('lives of a token that are none', async (t) => {
  const ends = /^up: client gw of .*: its token ends at 20\d\d-/
  const rows: readonly (readonly [unknown, RegExp])[] = [
    [1e13, ends],
    [1e300, ends],
    ['3600', ends],
    [0, /its token has no known end$/],
    [1e-9, /its token has no known end$/],
    [-1, /its token has no known end$/],
    [null, /its token has no known end$/],
    ['soon', /its token has no known end$/],
  ]
  const scene = await startPeers(t)
  const { as } = scene
  as.fault = replaceLife(as, () => rows[row]?.[0])
  let row = 0
  for (; row < rows.length; row++) {
    const auth = { issuer: as.issuer, client: BY_SECRET }
    const { call, state, gateway } = await serveLedger(t, scene, auth)
    const { length } = as.requests
    for (let at = 0; at < 5; at++) await call()
    t.match(state(), rows[row]?.[1])
    t.ok(as.requests.length <= length + 1, 'not one for each call')
    await gateway.close()
  }
})

/** The provider's answers, with another `expires_in`. */
function replaceLife(
  as: AuthorizationServer,
  life: () => unknown,
): RequestListener {
  return (request, response) => {
    const end = response.end.bind(response)
    const more = { expires_in: life() }
    const replace = (body: string) => {
      if (request.method !== 'POST') return end(body)
      response.removeHeader('content-length')
      return end(JSON.stringify({ ...JSON.parse(body), ...more }))
    }
    response.end = (body: unknown) => replace(String(body))
    return as.answer(request, response)
  }
}

t.test('a client that is refused', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  // It repeats what it was sent.
  let repeated = ''
  as.fault = (request, response) => {
    if (request.method !== 'POST') return as.answer(request, response)
    const { authorization = '' } = as.requests.at(-1) ?? {}
    repeated = authorization
    const error = 'invalid_client'
    const more = `${authorization} ${atob(authorization.slice(6))}`
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error, error_description: more }))
  }
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, state, everything, folder } = await serveLedger(t, scene, auth)
  t.match(
    state(),
    new RegExp(
      `^unauthorized: cannot sign in: the authorization server ${as.issuer} refuses the client gw: invalid_client .*; check \`client.id\` and \`client.secret\` of servers.ledger$`,
    ),
  )
  await call()
  t.notMatch(everything(), SECRET)
  t.notMatch(everything(), repeated.slice(6))
  as.fault = undefined
  writeFileSync(join(folder, 'gw.secret'), 'wrong-secret-of-thirty-two-signs')
  await until(() => state().includes('refuses the client gw: invalid_client'))
  writeFileSync(join(folder, 'gw.secret'), SECRET)
  await until(async () => (await call()) === 'found x', 'a new secret')
})

t.test('a secret that is repeated where a text is cut', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 60
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const clock = makeClock()
  const { call, everything, state } = await serveLedger(t, scene, auth, clock)
  await call()
  let answer: object = {}
  as.fault = (request, response) => {
    if (request.method !== 'POST') return as.answer(request, response)
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }
  const answers = [
    { error: `${'x'.repeat(40)}${SECRET}` },
    ...[172, 180, 190].map((at) => {
      const more = `${'x'.repeat(at)}${SECRET}`
      return { error: 'invalid_client', error_description: more }
    }),
  ]
  for (answer of answers) {
    clock.ahead += 120_000
    await call()
    t.match(state(), /refuses the client gw: (invalid_client .*|x{40})/)
    t.notMatch(everything(), SECRET.slice(0, 10))
  }
})

t.test('the end does not wait for an authorization server', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 60
  const clock = makeClock()
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, gateway } = await serveLedger(t, scene, auth, clock)
  await call()
  let asked = 0
  as.fault = () => void asked++
  clock.ahead += 60_000
  const waiting = call().catch(() => 'ended')
  await until(() => asked === 1, 'it hangs')
  await gateway.close()
  await waiting
  await until(
    async () => (await as.countConnections()) === 0,
    'nothing is left',
  )
  t.equal(asked, 1)
})

// Sign-in to servers by client credentials, with a real authorization server and
// a real MCP server.
// Covers src/runtime/oauth.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeServer } from '../harness/http-server.ts'
import type { AuthorizationServer } from '../harness/oauth/authorization-server.ts'
import {
  BY_KEY,
  BY_SECRET,
  makeClock,
  SECRET,
  serveLedger,
  startPeers,
} from '../harness/oauth/scene.ts'
import { startSseServer } from '../harness/sse-server.ts'
import { until } from '../harness/until.ts'

t.test('a token for a secret, at an issuer of the config', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  // A program may print it, as for any other secret.
  const secret = { secret: { exec: ['cat', 'gw.secret'] } }
  const client = { ...BY_SECRET, secret }
  const auth = { issuer: as.issuer, client, scopes: ['read'] }
  const served = await serveLedger(t, scene, auth)
  const { call, state, everything, gateway, records } = served
  t.equal(await call('one'), 'found one')
  t.equal(await call('two'), 'found two')
  t.equal(as.requests.length, 1, 'one token for all')
  const [{ body = '', authorization = '' } = {}] = as.requests
  t.same(Object.fromEntries(new URLSearchParams(body)), {
    grant_type: 'client_credentials',
    scope: 'read',
    resource: ledger.url,
  })
  const sent = Buffer.from(authorization.replace('Basic ', ''), 'base64')
  t.equal(`${sent}`, `gw:${SECRET}`, 'some servers do not decode a `%2D`')
  t.match(state(), `up: client gw of ${as.issuer}: its token ends at`)
  t.same(ledger.refused, [], 'nothing was sent without a token')
  const [token = ''] = ledger.accepted
  const whole = everything()
  t.notMatch(whole, token.replace('Bearer ', ''))
  t.notMatch(whole, SECRET)
  t.notMatch(whole, authorization.replace('Basic ', ''))
  const calls = records().filter(({ event }) => event === 'outcome')
  t.equal(calls.length, 2)
  for (const one of calls) t.equal(one.upstreamIdentity, 'gateway')
  await gateway.close()
})

t.test('a key, and an issuer that the server names', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const { call, everything } = await serveLedger(t, scene, { client: BY_KEY })
  t.equal(await call(), 'found x')
  t.equal(as.requests.length, 1)
  const sent = Object.fromEntries(new URLSearchParams(as.requests[0]?.body))
  t.match(sent, { client_id: 'keyed', scope: 'read', resource: ledger.url })
  t.notMatch(everything(), sent.client_assertion, 'it is in no report')
  t.same(ledger.refused, [''], 'only the ping had no token')
})

t.test('a client that sends its secret in the body', async (t) => {
  const scene = await startPeers(t)
  const client = { id: 'post', secret: { secret: 'file:post.secret' } }
  const auth = { issuer: scene.as.issuer, client }
  const { call, folder, state } = await serveLedger(t, scene, auth)
  t.match(state(), 'down: lacks a secret: secret file:post.secret cannot be')
  writeFileSync(join(folder, 'post.secret'), 'another-secret-of-thirty-signs')
  // The provider offers both ways, and this client may use one.
  narrow(scene.as, ['client_secret_post'])
  await until(async () => (await call()) === 'found x')
  t.match(scene.as.requests.at(-1), {
    authorization: '',
    body: /client_secret/,
  })
})

/** Its metadata, with these methods alone. */
function narrow(as: AuthorizationServer, methods: readonly string[]): void {
  const metadata = {
    issuer: as.issuer,
    token_endpoint: `${as.issuer}/token`,
    token_endpoint_auth_methods_supported: methods,
  }
  const { answer } = as
  as.fault = (request, response) => {
    if (!request.url?.startsWith('/.well-known/'))
      return answer(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(metadata))
  }
}

t.test('a hundred calls at the end of a token ask for one', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 60
  const clock = makeClock()
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call } = await serveLedger(t, scene, auth, clock)
  await call()
  t.equal(as.requests.length, 1)
  const hundred = () =>
    Promise.all(Array.from({ length: 100 }, (_, at) => call(`${at}`)))
  clock.ahead += 55_000
  const found = await hundred()
  t.ok(found.every((text, at) => text === `found ${at}`))
  t.equal(as.requests.length, 2, 'it is not used in its last seconds')
  clock.ahead += 49_000
  await hundred()
  t.equal(as.requests.length, 3, 'renewed beside calls that use it still')
})

t.test('tokens of two seconds', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  as.life = 2
  const { call } = await serveLedger(t, scene, {
    issuer: as.issuer,
    client: BY_KEY,
  })
  const end = Date.now() + 4_500
  while (Date.now() < end) {
    t.equal(await call(), 'found x')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.ok(as.requests.length >= 3, `${as.requests.length} requests`)
  t.ok(as.requests.length < 10, `${as.requests.length} requests`)
  t.same(ledger.refused, [], 'none was sent too late')
})

t.test('scopes that the server asks for', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const { call } = await serveLedger(t, scene, { client: BY_KEY })
  await call()
  ledger.needs = ['write']
  const found = await Promise.all([call('1'), call('2'), call('3')])
  t.same(found, ['found 1', 'found 2', 'found 3'])
  t.equal(as.requests.length, 2)
  t.match(as.requests[1]?.body, 'scope=read+write')
  ledger.needs = ['admin']
  t.match(await call(), 'refused the gateway (HTTP 403)', 'not to be had')
  t.match(await call(), 'refused the gateway (HTTP 403)')
  t.ok(as.requests.length <= 4, 'and not asked for again and again')
})

t.test('a reload with another client, and the end', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, state, reload, config, gateway } = await serveLedger(
    t,
    scene,
    auth,
  )
  await call()
  const own = { type: 'clientCredentials', issuer: as.issuer, client: BY_KEY }
  const servers = { ledger: { ...config.servers.ledger, auth: own } }
  await reload({ ...config, servers })
  t.equal(await call(), 'found x')
  await until(() => state().startsWith('up: client keyed of'))
  t.equal(new Set(ledger.accepted).size, 2)
  const none = { id: 'gw', secret: { secret: 'env:NO_SUCH_SECRET' } }
  const lacking = { ...own, client: none }
  const rejected = { ledger: { ...config.servers.ledger, auth: lacking } }
  await t.rejects(
    reload({ ...config, servers: rejected }),
    /server `ledger`: secret env:NO_SUCH_SECRET is not set/,
  )
  t.equal(await call(), 'found x', 'the old table serves')
  const { length } = as.requests
  await gateway.close()
  t.equal(as.requests.length, length)
})

t.test('a server over HTTP+SSE', async (t) => {
  const start = () => startSseServer(() => makeServer([], []))
  const scene = await startPeers(t, start)
  const { as, ledger } = scene
  const auth = { issuer: as.issuer, client: BY_SECRET }
  const { call, gateway } = await serveLedger(t, scene, auth)
  t.equal(await call('one'), 'found one')
  ledger.revoked.add(ledger.accepted.at(-1) ?? '')
  t.equal(await call('two'), 'found two', 'over a new session')
  t.equal(as.requests.length, 2)
  await gateway.close()
})

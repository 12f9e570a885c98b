// Sign-in to servers by client credentials, with a real authorization server and
// a real MCP server; and authorization servers in trouble.
// Covers src/runtime/oauth.

import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { Clock } from '../../src/runtime/base/clock.ts'
import {
  type AuthorizationServer,
  KEY,
  startAuthorizationServer,
} from '../harness/oauth/authorization-server.ts'
import {
  type ProtectedServer,
  startProtectedServer,
} from '../harness/oauth/protected-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { post } from '../harness/wire.ts'

const SECRET = 'a-client-secret-of-thirty-signs'

const BY_SECRET = { id: 'gw', secret: { secret: 'file:gw.secret' } }
const BY_KEY = { id: 'keyed', key: { secret: 'file:gw.jwk' } }

interface Scene {
  readonly as: AuthorizationServer
  readonly ledger: ProtectedServer
}

async function startPeers(t: Test): Promise<Scene> {
  const as = await startAuthorizationServer()
  const ledger = await startProtectedServer(as)
  t.teardown(async () => {
    await ledger.close()
    await as.close().catch(() => {})
  })
  return { as, ledger }
}

/** A gateway with one server, `ledger`, and all that it says. */
async function serve(t: Test, { ledger }: Scene, auth: object, clock?: Clock) {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const own = { type: 'clientCredentials', ...auth }
  const servers = { ledger: { type: 'http', url: ledger.url, auth: own } }
  const config = { servers, roles: { all: { allow: { ledger: ['*'] } } } }
  const files = {
    'gw.secret': SECRET,
    'gw.jwk': JSON.stringify(KEY.privateJwk, null, 2),
  }
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) })
  const served = await serveConfig(t, config, [mine], clock, files, log)
  const { gateway } = served
  const call = async (q = 'x') => {
    const params = { name: 'ledger__search_issues', arguments: { q } }
    const { body } = await post(gateway.url, mine.token, 'tools/call', params)
    const { result, error } = JSON.parse(body)
    if (error) return `error ${error.code}: ${error.message}`
    const { text } = result.content[0]
    return String(result.isError ? `error: ${text}` : text)
  }
  const state = () => {
    const [one] = gateway.status().servers
    return `${one?.state}: ${one?.reason ?? one?.signIn}`
  }
  const everything = () =>
    JSON.stringify([gateway.status(), served.records(), logged])
  return { ...served, config, call, state, logged, everything }
}

t.test('a token for a secret, at an issuer of the config', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const auth = { issuer: as.issuer, client: BY_SECRET, scopes: ['read'] }
  const { call, state, everything, gateway } = await serve(t, scene, auth)
  t.equal(await call('one'), 'found one')
  t.equal(await call('two'), 'found two')
  t.equal(as.requests.length, 1, 'one token for all')
  const [{ body = '', authorization = '' } = {}] = as.requests
  t.same(Object.fromEntries(new URLSearchParams(body)), {
    grant_type: 'client_credentials',
    scope: 'read',
    resource: ledger.url,
  })
  t.match(authorization, /^Basic /)
  t.match(state(), `up: client gw of ${as.issuer}: its token ends at`)
  t.same(ledger.refused, [], 'nothing was sent without a token')
  const [token = ''] = ledger.accepted
  const whole = everything()
  t.notMatch(whole, token.replace('Bearer ', ''))
  t.notMatch(whole, SECRET)
  t.notMatch(whole, authorization.replace('Basic ', ''))
  await gateway.close()
})

t.test('a key, and an issuer that the server names', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const { call, everything } = await serve(t, scene, { client: BY_KEY })
  t.equal(await call(), 'found x')
  t.equal(as.requests.length, 1)
  const sent = Object.fromEntries(new URLSearchParams(as.requests[0]?.body))
  t.match(sent, { client_id: 'keyed', scope: 'read', resource: ledger.url })
  t.notMatch(everything(), sent.client_assertion, 'it is in no report')
  t.same(ledger.refused, [''], 'only the ping had no token')
})

// A gateway with one server, `ledger`, that wants access tokens of a real
// authorization server.
// In: the `auth` of the server. Out: calls, its state, everything that is told.

import { pino } from 'pino'
import type { Test } from 'tap'
import type { Clock } from '../../../src/runtime/base/clock.ts'
import { issue, serveConfig } from '../served.ts'
import { post, readMessage } from '../wire.ts'
import {
  type AuthorizationServer,
  KEY,
  startAuthorizationServer,
} from './authorization-server.ts'
import {
  type ProtectedServer,
  startProtectedServer,
} from './protected-server.ts'

export const SECRET = 'a-client-secret-of-thirty-signs'

export const BY_SECRET = { id: 'gw', secret: { secret: 'file:gw.secret' } }
export const BY_KEY = { id: 'keyed', key: { secret: 'file:gw.jwk' } }

export interface Scene {
  readonly as: AuthorizationServer
  readonly ledger: ProtectedServer
}

export async function startPeers(
  t: Test,
  start?: Parameters<typeof startProtectedServer>[1],
): Promise<Scene> {
  const as = await startAuthorizationServer()
  const ledger = await startProtectedServer(as, start)
  t.teardown(async () => {
    await ledger.close()
    await as.close().catch(() => {})
  })
  return { as, ledger }
}

/** A gateway with one server, `ledger`, and all that it says. */
export async function serveLedger(
  t: Test,
  { ledger }: Scene,
  auth: object,
  clock?: Clock,
) {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const own = { type: 'clientCredentials', ...auth }
  // A hundred calls of one token run at the same time.
  const room = { concurrency: 200, queue: 200 }
  const server = { type: 'http', url: ledger.url, auth: own, ...room }
  const servers = { ledger: server }
  const roles = { all: { allow: { ledger: ['*'] } } }
  const config = { servers, roles, drain: '1s' }
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
    const { result, error } = readMessage(body)
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

/** A clock that a test moves. */
export function makeClock() {
  const one = {
    ahead: 0,
    now: () => Date.now() + one.ahead,
    monotonic: () => performance.now() + one.ahead,
  }
  return one
}

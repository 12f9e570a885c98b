// A gateway before servers that are reached through proxies, or over TLS of an
// authority that no system trusts.
// In: servers of a config. Out: calls, states, everything that is told.

import { pino } from 'pino'
import type { Test } from 'tap'
import { type Authority, makeAuthority } from './authority.ts'
import { startHttpServer } from './http-server.ts'
import { issue, serveConfig } from './served.ts'
import { post, readMessage } from './wire.ts'

export const PASSWORD = 'a-proxy-password-of-thirty-signs'

/** A gateway before these servers, and everything that it says. */
export async function serveOutward(
  t: Test,
  servers: Record<string, object>,
  rest: object = {},
  files: Readonly<Record<string, string>> = {},
) {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const all = Object.entries(servers).map(([name, one]) => {
    return [name, { type: 'http', ...one }] as const
  })
  const allow = Object.fromEntries(all.map(([name]) => [name, ['*']]))
  const config = {
    ...{ servers: Object.fromEntries(all), roles: { all: { allow } } },
    ...{ drain: '1s', ...rest },
  }
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) })
  const own = { 'proxy.secret': PASSWORD, ...files }
  const served = await serveConfig(t, config, [mine], undefined, own, log)
  const { gateway, records } = served
  const call = async (name: string) => {
    const tool = `${name}__search_issues`
    const params = { name: tool, arguments: { q: 'x' } }
    const { body } = await post(gateway.url, mine.token, 'tools/call', params)
    const { result, error } = readMessage(body)
    return String(result?.content[0].text ?? error.message)
  }
  const find = (name: string) =>
    gateway.status().servers.find((one) => one.name === name)
  const state = (name: string) => `${find(name)?.state}: ${find(name)?.reason}`
  const everything = () => JSON.stringify([gateway.status(), records(), logged])
  return { ...served, config, call, find, state, logged, everything }
}

/** A server without TLS, and an authority that no system trusts. */
export async function startBoth(t: Test) {
  const server = await startHttpServer()
  t.teardown(() => server.close())
  const folder = t.testdir({})
  const authority = makeAuthority(folder, 'Acme Inspection CA')
  return { server, folder, authority }
}

/** A certificate for a name. */
export const named = (authority: Authority, host = 'localhost') =>
  authority.issue(`DNS:${host}`)

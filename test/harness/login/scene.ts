// A gateway with the login of a company, and one server behind it.
// In: what of the login is other than usual. Out: its addresses, its records.

import { pino } from 'pino'
import type { Test } from 'tap'
import type { Clock } from '../../../src/runtime/base/clock.ts'
import { startHttpServer } from '../http-server.ts'
import { type Issued, issue, serveConfig } from '../served.ts'
import { post } from '../wire.ts'
import { type Company, startCompany } from './company.ts'

export const PATH = '/sso/mcp'

export interface LoginSceneOptions {
  readonly login?: object
  readonly config?: object
  readonly clock?: Clock
  readonly company?: Company
  readonly files?: Readonly<Record<string, string>>
  readonly issued?: readonly Issued[]
  /** The server behind the gateway. */
  readonly upstream?: string
}

/** `platform` may do everything, `interns` search only. */
export async function serveLogin(
  t: Pick<Test, 'teardown'>,
  options: LoginSceneOptions = {},
) {
  const company = options.company ?? (await startCompany())
  const mine = issue({ subject: 'ada@acme.com', roles: ['all'] })
  const { upstream = await startUpstream(t) } = options
  const login = (more: object = {}) => ({
    issuer: company.issuer,
    teams: {
      claim: 'groups',
      map: { 'mcp-platform': 'platform', contractors: 'interns' },
    },
    ...options.login,
    ...more,
  })
  const config = (more: object = {}, own: object = {}) => ({
    servers: { issues: { type: 'http', url: upstream } },
    roles: {
      all: { allow: { issues: ['*'] } },
      read: { allow: { issues: ['search_*'] } },
    },
    teams: { platform: { roles: ['all'] }, interns: { roles: ['read'] } },
    login: login(own),
    drain: '1s',
    ...options.config,
    ...more,
  })
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) })
  const served = await serveConfig(
    t,
    config(),
    [mine, ...(options.issued ?? [])],
    options.clock,
    options.files,
    log,
  )
  if (!options.company) t.teardown(() => company.close())
  const { url, adminUrl } = served.gateway
  const origin = new URL(url).origin
  const at = origin + PATH
  company.audience = at
  const list = async (token: string) => {
    const answer = await post(at, token, 'tools/list')
    return { ...answer, names: readNames(answer.body) }
  }
  const call = (token: string, name = 'issues__search_issues') =>
    post(at, token, 'tools/call', { name, arguments: { q: 'x' } })
  const everything = () =>
    JSON.stringify([served.gateway.status(), served.records(), logged])
  return {
    ...served,
    ...{ company, mine, url, adminUrl, origin, at, list, call },
    ...{ config, logged, everything },
  }
}

export type LoginScene = Awaited<ReturnType<typeof serveLogin>>

async function startUpstream(t: Pick<Test, 'teardown'>): Promise<string> {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  return upstream.url
}

function readNames(body: string): readonly string[] {
  const { result } = JSON.parse(body) as {
    result?: { tools: readonly { readonly name: string }[] }
  }
  return (result?.tools ?? []).map(({ name }) => name)
}

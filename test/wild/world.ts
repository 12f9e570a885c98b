// The world of one case: its odd servers, a gateway in front of them, clients.
// In: a case, and how its gateway runs: in this process, or as the built
// command. Out: whether what must come of it did.
// INVARIANT: nothing that a case started outlives it.

import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import type { AuditRecord } from '../../src/contract/audit.ts'
import type { Status } from '../../src/contract/status.ts'
import { type Clock, systemClock } from '../../src/runtime/base/clock.ts'
import { serveBuilt } from '../harness/odd/built.ts'
import { startOddHttp } from '../harness/odd/http.ts'
import { writeOddStdio } from '../harness/odd/stdio.ts'
import { makeFolder, type Owner } from '../harness/process.ts'
import { connect, type Issued, issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post, readMessage, send } from '../harness/wire.ts'
import type { OddSeen, WildCase, World } from './case.ts'

/** What a world asks of its gateway, however it runs. */
export interface Running {
  readonly url: string
  readonly folder: string
  readonly log: () => readonly string[]
  status(): Promise<Status>
  records(): readonly AuditRecord[]
  advance(ms: number): Promise<void>
}

export type Serve = (
  owner: Owner,
  config: object,
  issued: Issued,
) => Promise<Running>

/** Resolves with the figure of the case; rejects when it does not hold. */
export async function runCase(
  wildCase: WildCase,
  serve: Serve = serveHere,
): Promise<unknown> {
  const ends: (() => unknown)[] = []
  const owner = { teardown: (end: () => unknown) => void ends.push(end) }
  try {
    return await wildCase.expect(await makeWorld(owner, wildCase, serve))
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

async function makeWorld(
  owner: Owner,
  { servers: odd, config = {} }: WildCase,
  serve: Serve,
): Promise<World> {
  const files = makeFolder(owner, {})
  const seen: Record<string, OddSeen> = {}
  const servers: Record<string, object> = {}
  for (const [name, server] of Object.entries(odd)) {
    if (server.transport === 'stdio' || server.program !== undefined) {
      const written = writeOddStdio(files, name, server)
      seen[name] = written.seen
      servers[name] = { ...written.config, ...server.config }
    } else {
      const started = await startOddHttp(owner, server)
      seen[name] = started
      servers[name] = { type: 'http', url: started.url, ...server.config }
    }
  }
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const running = await serve(owner, complete(servers, config), mine)
  return openWorld(owner, running, mine.token, seen)
}

/** One role may do everything, unless the case has one of that name. A verb
 * that reads the config must not need the default ports. */
function complete(servers: Readonly<Record<string, object>>, config: object) {
  const every = ['*', { prompt: '*' }, { resource: '*' }]
  const allow = Object.fromEntries(
    Object.keys(servers).map((name) => [name, every]),
  )
  const { roles, ...rest } = config as { roles?: object }
  const ports = { listen: { port: 0 }, admin: { port: 0 } }
  return { ...ports, servers, roles: { all: { allow }, ...roles }, ...rest }
}

function openWorld(
  owner: Owner,
  running: Running,
  token: string,
  servers: World['servers'],
): World {
  const { url, folder } = running
  const bearer = { authorization: `Bearer ${token}` }
  return {
    url,
    folder,
    token,
    servers,
    send: (request) =>
      send(url, { ...request, headers: { ...bearer, ...request.headers } }),
    post: (method, params) => post(url, token, method, { ...params }),
    call: async (name, args = {}) => {
      const params = { name, arguments: args }
      const { body } = await post(url, token, 'tools/call', params)
      return readMessage(body)
    },
    connect: (kind) => connect(owner, kind, url, token),
    status: () => running.status(),
    records: () => running.records(),
    log: () =>
      running
        .log()
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    advance: (ms) => running.advance(ms),
    until: async (test, what) => until(async () => Boolean(await test()), what),
    want: (condition, what) => {
      if (!condition) throw new Error(what)
    },
  }
}

/** In this process. */
export const serveHere: Serve = async (owner, config, issued) => {
  const { log, lines } = keepLog()
  let ahead = 0
  const clock: Clock = {
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
  }
  const served = await serveConfig(owner, config, [issued], clock, {}, log)
  return {
    url: served.gateway.url,
    folder: served.folder,
    log: () => lines,
    status: async () => served.gateway.status(),
    records: () => served.records(),
    advance: async (ms) => {
      ahead += ms
    },
  }
}

function keepLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = []
  const stream = new Writable({
    write: (chunk, _, done) => {
      lines.push(...String(chunk).split('\n').filter(Boolean))
      done()
    },
  })
  return { log: pino({ level: 'debug', base: null }, stream), lines }
}

/** As the built command. */
export const serveAsBuilt: Serve = serveBuilt

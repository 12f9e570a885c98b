// Two gateways that show every metric: one with calls, one with TLS and a login.
// In: nothing. Out: their admin listeners, and a round of calls.
// INVARIANT: what a metric counts has happened for real: a server is down, one
// refuses its credentials, a token is wrong.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { deriveToken, readKey } from '../../../src/runtime/base/key.ts'
import { startHttpServer } from '../http-server.ts'
import { findPort } from '../nginx.ts'
import type { Owner } from '../process.ts'
import { issue, type Served, serveConfig } from '../served.ts'
import { issueAll, TLS } from '../tls.ts'
import { post } from '../wire.ts'
import type { ScrapeTarget } from './prometheus.ts'

export interface MetricsScene {
  readonly targets: readonly ScrapeTarget[]
  /** Calls of every outcome, once. */
  call(): Promise<void>
}

export async function openMetricsScene(owner: Owner): Promise<MetricsScene> {
  const upstream = await startHttpServer()
  owner.teardown(() => upstream.close())
  const broken = await startBroken(owner, upstream.url)
  const closed = await startStatus(owner, 401)
  const collector = await startStatus(owner, 500)
  const roles = { roles: ['all'] }
  const ann = issue({ subject: 'ann', ...roles })
  const eve = issue({
    ...{ subject: 'eve', kind: 'break-glass', reason: 'a drill', ...roles },
    expires: new Date(Date.now() + 600_000).toISOString(),
  })
  const old = issue({
    ...{ subject: 'ben', ...roles },
    expires: new Date(Date.now() - 500).toISOString(),
  })
  const nowhere = `http://127.0.0.1:${await findPort()}/mcp`
  const first = await serveConfig(
    owner,
    {
      servers: {
        issues: { type: 'http', url: upstream.url },
        broken: { type: 'http', url: broken },
        closed: { type: 'http', url: closed },
        gone: { type: 'http', url: nowhere },
      },
      roles: {
        all: {
          allow: { issues: ['*'], broken: ['*'], closed: ['*'], gone: ['*'] },
          deny: { issues: ['delete_*'] },
        },
      },
      limits: {
        hard: { on: { issues: ['search_*'] }, calls: 30, per: 'minute' },
        soft: {
          ...{ on: { issues: ['*'] }, calls: 1, per: 'minute', mode: 'warn' },
        },
      },
      telemetry: { otlp: { url: collector } },
    },
    [ann, eve, old],
  )
  const second = await serveSecond(owner)
  const { gateway } = first
  const tool = (token: string, name: string) =>
    post(gateway.url, token, 'tools/call', { name, arguments: {} })
  let rounds = 0
  return {
    targets: [first, second].map(describeTarget),
    call: async () => {
      await tool(ann.token, 'issues__search_issues')
      await tool(eve.token, 'issues__search_issues')
      await tool(ann.token, 'issues__delete_file')
      for (const name of ['broken', 'closed', 'gone']) {
        await tool(ann.token, `${name}__search_issues`)
      }
      await post(gateway.url, old.token, 'tools/list')
      await post(gateway.url, 'gwt_nonsense', 'tools/list')
      if (rounds++ === 0) gateway.reject(['GW3001 no such role'], null)
    },
  }
}

/** With a certificate, a login whose provider is down, and a server to which
 * people sign in. */
async function serveSecond(owner: Owner): Promise<Served> {
  const { own } = issueAll(owner)
  const nowhere = `http://127.0.0.1:${await findPort()}`
  return serveConfig(
    owner,
    {
      listen: { tls: TLS, publicUrl: 'https://localhost:4600' },
      servers: {
        people: {
          ...{ type: 'http', url: `${nowhere}/mcp` },
          auth: { type: 'oauth', as: 'person', issuer: nowhere },
        },
      },
      roles: { all: { allow: { people: ['*'] } } },
      teams: { all: { roles: ['all'] } },
      login: {
        issuer: nowhere,
        teams: { claim: 'groups', map: { all: 'all' } },
      },
    },
    [],
    undefined,
    { 'cert.pem': own.cert, 'key.pem': own.key },
  )
}

/** A server that answers everything with one status. */
function startStatus(owner: Owner, status: number): Promise<string> {
  return startServer(owner, (request, response) => {
    request.resume()
    response.writeHead(status).end()
  })
}

/** A server whose sessions and lists are right, and whose calls fail. */
function startBroken(owner: Owner, behind: string): Promise<string> {
  return startServer(owner, async (request, response) => {
    const body = await text(request)
    if (request.method !== 'POST') return void response.writeHead(405).end()
    if (body.includes('"tools/call"')) return void response.writeHead(500).end()
    const headers: Record<string, string> = {}
    for (const name of ['accept', 'content-type', 'mcp-session-id']) {
      const value = request.headers[name]
      if (typeof value === 'string') headers[name] = value
    }
    const answer = await fetch(behind, { method: 'POST', headers, body })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(await answer.text())
  })
}

async function startServer(
  owner: Owner,
  answer: RequestListener,
): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  owner.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function describeTarget({ gateway, folder }: Served): ScrapeTarget {
  const token = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  return { address: new URL(gateway.adminUrl).host, token }
}

// A gateway with one granted tool, for tests of the edge.
// In: a test. Out: its endpoint, tokens, and the server behind it.

import type { Test } from 'tap'
import { startHttpServer } from './http-server.ts'
import { issue, serveConfig } from './served.ts'
import { ENVELOPE } from './wire.ts'

export async function serveOneTool(t: Test) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const other = issue({ subject: 'other', roles: ['all'] })
  const expired = issue({
    subject: 'late',
    roles: ['all'],
    expires: new Date(Date.now() - 500).toISOString(),
  })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['search_*'] } } },
  }
  const served = await serveConfig(t, config, [mine, other, expired])
  const { url, adminUrl } = served.gateway
  const bare = {
    authorization: `Bearer ${mine.token}`,
    'content-type': 'application/json',
  }
  return { upstream, mine, other, expired, url, adminUrl, bare, ...served }
}

/** A call of that tool, as a modern client writes it. */
export const CALL = {
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'issues__search_issues', arguments: {}, _meta: ENVELOPE },
}

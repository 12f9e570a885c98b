// A gateway over two servers as its operators see it: with its log, and the
// token of its admin listener.
// In: a test, keys for its config. Out: calls, scrapes, lines of the log.

import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import type { Test } from 'tap'
import { deriveToken, readKey } from '../../src/runtime/base/key.ts'
import { readExposition } from './exposition.ts'
import { startHttpServer } from './http-server.ts'
import { type Issued, issue, serveConfig } from './served.ts'
import { post, send } from './wire.ts'

const STDIO = join(import.meta.dirname, 'stdio-server.js')

export async function serveObserved(
  t: Test,
  more: object = {},
  others: readonly Issued[] = [],
) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'ann', roles: ['all'] })
  const late = issue({
    subject: 'ben',
    roles: ['all'],
    expires: new Date(Date.now() - 500).toISOString(),
  })
  const config = {
    servers: {
      issues: { type: 'http', url: upstream.url },
      local: {
        type: 'stdio',
        command: process.execPath,
        args: [STDIO],
        env: { SECRET: { secret: 'file:secret.txt' } },
      },
    },
    roles: {
      all: {
        allow: { issues: ['search_*', 'delete_*'], local: ['*'] },
        deny: { issues: ['delete_*'] },
      },
    },
    limits: { echoes: { on: { local: ['echo'] }, calls: 2, per: 'day' } },
    ...more,
  }
  const log: string[] = []
  const out = new PassThrough()
  out.on('data', (line) => log.push(String(line)))
  const served = await serveConfig(
    t,
    config,
    [mine, late, ...others],
    undefined,
    { 'secret.txt': 'canary-secret' },
    pino({ level: 'info' }, out),
  )
  const { gateway, folder } = served
  const bearer = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  const authorization = `Bearer ${bearer}`
  const ask = (path: string, headers: Record<string, string> = {}) =>
    send(gateway.adminUrl + path, { method: 'GET', headers })
  const scrape = async () => {
    const answer = await ask('/metrics', { authorization })
    if (answer.status !== 200) throw new Error(answer.body)
    return { ...answer, ...readExposition(answer.body) }
  }
  const call = (name: string, args: object = {}) =>
    post(gateway.url, mine.token, 'tools/call', { name, arguments: args })
  return { upstream, mine, late, config, log, ask, scrape, call, ...served }
}

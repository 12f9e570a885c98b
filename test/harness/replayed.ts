// Recorded calls that another config may judge: of three kinds of clients.
// In: how arguments are on record. Out: the command, and the next config.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runHere } from './gateway.ts'
import { startHttpServer } from './http-server.ts'
import { CLIENTS, connect, issue, serveConfig } from './served.ts'

export const CREATE = {
  tool: 'create_issue',
  when: { owner: { equals: 'acme' } },
}

export const ROLES = {
  reader: { allow: { issues: ['search_*', { prompt: '*' }] } },
  writer: {
    extends: ['reader'],
    allow: { issues: [CREATE, 'delete_*', { resource: 'note://*' }] },
    deny: { issues: ['slow'] },
  },
}

/** Three clients of two eras; each calls what it may, and what it may not. */
export async function work(t: Test, mode: string) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const ada = issue({ subject: 'ada', team: 'docs' })
  const bob = issue({ subject: 'bob', roles: ['reader'] })
  const idle = issue({ subject: 'idle', roles: ['reader'] })
  const config = {
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: ROLES,
    teams: { docs: { roles: ['writer'] } },
    audit: { arguments: mode },
  }
  const served = await serveConfig(t, config, [ada, bob, idle])
  const { folder } = served
  const { url } = served.gateway
  for (const kind of CLIENTS) {
    const writer = await connect(t, kind, url, ada.token)
    await writer.call('issues__search_issues', { q: 'x' })
    await writer.call('issues__create_issue', { owner: 'acme' })
    await writer.call('issues__create_issue', { owner: 'other' })
    await t.rejects(writer.call('issues__slow', { ms: 1 }))
    await writer.client.readResource({ uri: 'note://one' })
    const reader = await connect(t, kind, url, bob.token)
    await reader.call('issues__search_issues', { q: 'y' })
    await t.rejects(reader.call('issues__delete_file'))
    await t.rejects(reader.call('issues__no_such_tool'))
  }
  const write = (part: object, issued = [ada, bob, idle]) => {
    const records = issued.map(({ id, record }) => [id, record] as const)
    const tokens = { grants: Object.fromEntries(records) }
    const whole = JSON.stringify({ ...config, tokens, ...part }, null, 2)
    writeFileSync(join(folder, 'next.config.json'), whole)
  }
  const next = ['--cwd', folder, '--config', 'next.config.json']
  const ask = (...args: readonly string[]) =>
    runHere(['audit', ...args, ...next])
  const askJson = async (...args: readonly string[]) => {
    const { stdout, stderr } = await ask(...args, '--report', 'json')
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout)
  }
  return { write, ask, askJson, ada, bob, idle, folder }
}

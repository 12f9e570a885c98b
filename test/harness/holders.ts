// A gateway with holders of three tokens: one of a team, one of a role, one that
// is revoked.
// In: a test. Out: its address, its tokens, its records.

import { join } from 'node:path'
import type { Test } from 'tap'
import { issue, serveConfig } from './served.ts'

const STDIO = join(import.meta.dirname, 'stdio-server.js')

const EVERYTHING = join(
  import.meta.dirname,
  '../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
)

export const local = { type: 'stdio', command: process.execPath, args: [STDIO] }

export const CONFIG = {
  servers: {
    local,
    every: { type: 'stdio', command: process.execPath, args: [EVERYTHING] },
  },
  roles: {
    reader: {
      allow: {
        local: ['pid', { tool: 'echo', when: { say: { in: ['a', 'b'] } } }],
      },
    },
    tester: {
      allow: {
        local: ['echo', 'fail', 'sleep'],
        every: ['*', { prompt: '*' }, { resource: 'demo://*' }],
      },
    },
  },
  teams: { platform: { roles: ['reader'] } },
  limits: {
    each: { on: { local: ['*'] }, calls: 3, per: 'hour', each: ['token'] },
    'each-tool': {
      on: { local: ['*'] },
      calls: 2,
      per: 'hour',
      each: ['token', 'tool'],
    },
    few: { on: { local: ['pid'] }, concurrent: 2 },
    other: { on: { every: ['*'] }, calls: 1, per: 'day' },
  },
}

export const ada = issue({
  subject: 'ada',
  team: 'platform',
  tools: { local: ['*'] },
})
export const bob = issue({ subject: 'bob', roles: ['tester'] })
export const old = issue({
  subject: 'old',
  roles: ['reader'],
  revoked: '2026-01-01',
})

export async function serve(t: Test) {
  const config = { ...CONFIG, servers: { local } }
  const small = {
    ...config,
    roles: {
      reader: CONFIG.roles.reader,
      tester: { allow: { local: ['echo', 'fail'] } },
    },
    limits: {
      each: CONFIG.limits.each,
      'each-tool': CONFIG.limits['each-tool'],
      few: CONFIG.limits.few,
    },
  }
  const served = await serveConfig(t, small, [ada, bob, old])
  const { url } = served.gateway
  const { origin } = new URL(url)
  const ask = (token: string | undefined, path = '/whoami') =>
    fetch(origin + path, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  return { ...served, url, origin, ask }
}

// A folder with fragments, a lock and limits, to be explained.
// In: a test. Out: the verbs in it, and what stands at a place that they print.

import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runHere } from './gateway.ts'
import { lockText } from './lock.ts'
import { makeFolder } from './process.ts'

const ROLES = `import { rolesFor } from 'portcullis'
import { servers } from './servers.ts'

export const roles = rolesFor(servers)({
  reader: {
    allow: {
      github: ['get_*', { tool: 'merge', when: { owner: { in: ['acme'] } } }],
      notes: ['*'],
    },
    deny: {
      github: ['get_secret'],
      notes: ['zap_*'],
    },
  },
  owner: {
    allow: { github: ['delete_repo', { resource: 'repo://*' }] },
    deny: { notes: ['zap_*'] },
  },
  writer: {
    allow: {
      notes: [{ tool: 'edit', when: { path: { glob: 'docs/*' } } }],
    },
  },
})
`

const SERVERS = `import { clientCredentials, defineServers, http, scheme, secret } from 'portcullis'
export const servers = defineServers({
  github: http({
    url: 'https://github.example/mcp',
    rename: { merge: 'join' },
    headers: { authorization: scheme('Token', 'env:GITHUB') },
  }),
  notes: http({
    url: 'https://notes.example/mcp',
    auth: clientCredentials({
      issuer: 'https://id.example',
      client: { id: 'gw', key: secret('file:gw.jwk') },
    }),
  }),
})
`

const CONFIG = `import { defineGateway } from 'portcullis'
import { roles } from './parts/roles.ts'
import { servers } from './parts/servers.ts'

export default defineGateway({
  servers,
  roles,
  teams: { docs: { roles: ['reader'] }, owner: { roles: ['owner'] } },
  limits: {
    gets: { on: { github: ['get_*'] }, calls: 60, per: 'minute', each: 'token' },
    big: {
      on: { github: [{ tool: 'merge', when: { owner: { equals: 'big' } } }] },
      concurrent: 1,
    },
  },
  tests: { safe: { role: 'reader', deny: { github: ['delete_repo'] } } },
})
`

const TOOLS = {
  github: {
    get_issue: { readOnlyHint: true },
    get_secret: { readOnlyHint: true },
    merge: {},
    delete_repo: { destructiveHint: true },
  },
}

export function makeTeam(t: Test) {
  const folder = makeFolder(t, {
    'gateway.config.ts': CONFIG,
    'parts/roles.ts': ROLES,
    'parts/servers.ts': SERVERS,
    'gateway.lock.json': lockText(TOOLS),
  })
  const run = (...args: string[]) => runHere([...args, '--cwd', folder])
  /** What stands at the first place of the line that says this. */
  const open = (stdout: string, said: string) => {
    const line = stdout.split('\n').find((one) => one.includes(said)) ?? ''
    const [, file = '', row, column] =
      /([\w./]+\.(?:ts|toml)):(\d+):(\d+)/.exec(line) ?? []
    const text = readFileSync(join(folder, file), 'utf8')
    return text.split('\n')[Number(row) - 1]?.slice(Number(column) - 1)
  }
  /** A line of `gateway.revoked`, of all that was created so far. */
  const revokeHere = (what: string) => {
    const instant = new Date(Date.now() + 1_000).toISOString()
    appendFileSync(join(folder, 'gateway.revoked'), `${what} ${instant}\n`)
  }
  return { run, open, revokeHere }
}

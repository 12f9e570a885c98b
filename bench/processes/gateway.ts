// Portcullis itself, by the two journeys of `gateway serve`: roles, tokens, a
// limit that is charged, an audit with keyed digests of arguments.
// In: the upstream's ports, a folder. Out: its port, a token a role, its audit file.
// INVARIANT: what a call costs is what the defaults make it cost.

import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { compile } from '../../src/compile.ts'
import { startGateway } from '../../src/runtime/gateway.ts'
import { formatToken } from '../../src/table/token.ts'
import { answerParent } from '../process.ts'

const [legacy, modern, folder = ''] = process.argv.slice(2)
const now = Date.now()

/** A token for each role: who calls sessions, who the newer era, who lists. */
const issued = ['legacy', 'modern', 'list'].map((role) => {
  const id = randomBytes(6).toString('hex')
  const token = formatToken(id, randomBytes(32))
  const record = {
    subject: role,
    roles: [role],
    sha256: createHash('sha256').update(token).digest('hex'),
    created: new Date(now - 1_000).toISOString(),
    expires: new Date(now + 7_200_000).toISOString(),
  }
  return { role, id, token, record }
})

// As many in flight as the others have; the rest would wait.
const at = (port: string | undefined, path: string) => {
  const url = `http://127.0.0.1:${port}${path}`
  return { type: 'http', url, concurrency: 256, queue: 256 }
}
const listed = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`list-${i}`, at(modern, `/list/${i}`)]),
)
const allow = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, ['*']]))

const config = {
  servers: {
    legacy: at(legacy, '/mcp'),
    modern: at(modern, '/mcp'),
    ...listed,
  },
  roles: {
    legacy: { allow: allow(['legacy']) },
    modern: { allow: allow(['modern']) },
    list: { allow: allow(Object.keys(listed)) },
  },
  limits: {
    'bench-each': {
      on: allow(['legacy', 'modern']),
      calls: 1_000_000,
      per: 'second',
      each: 'token',
    },
  },
  // One file, whose lines the bench counts.
  audit: { rotate: { size: '64GiB', every: '7d' } },
  tokens: {
    grants: Object.fromEntries(issued.map(({ id, record }) => [id, record])),
  },
}

writeFileSync(join(folder, 'gateway.config.json'), JSON.stringify(config))
const { artefact, diagnostics } = await compile({
  cwd: folder,
  now,
  places: 'always',
})
if (!artefact) throw new Error(JSON.stringify(diagnostics, null, 2))

const gateway = await startGateway({
  artefact,
  root: folder,
  version: '0.0.0-bench',
  log: pino({ level: 'warn' }, pino.destination(2)),
  env: {},
  port: 0,
  adminPort: 0,
})
await gateway.ready()

const audit = join(folder, artefact.table.audit.file)
const tokens = Object.fromEntries(
  issued.map(({ role, token }) => [role, token]),
)
answerParent(
  { port: Number(new URL(gateway.url).port), tokens, audit },
  {},
  () => gateway.close(),
)

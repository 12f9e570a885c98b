// Portcullis itself, by the two journeys of `gateway serve`: a role, a token,
// a limit that is charged, an audit with keyed digests of arguments.
// In: the upstream's URL, a folder. Out: its URL, a token, its audit file.
// INVARIANT: what the config does not name is the default.

import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { compile } from '../../src/compile.ts'
import { startGateway } from '../../src/runtime/gateway.ts'
import { formatToken } from '../../src/table/token.ts'
import { answerParent } from '../process.ts'

const [url = '', folder = ''] = process.argv.slice(2)
const now = Date.now()
const id = randomBytes(6).toString('hex')
const token = formatToken(id, randomBytes(32))

const record = {
  subject: 'bench',
  roles: ['caller'],
  sha256: createHash('sha256').update(token).digest('hex'),
  created: new Date(now - 1_000).toISOString(),
  expires: new Date(now + 3_600_000).toISOString(),
}

const config = {
  servers: {
    // As many in flight as the others have; the rest of the 64 would wait.
    bench: { type: 'http', url, concurrency: 64 },
  },
  roles: { caller: { allow: { bench: ['echo', 'count'] } } },
  limits: {
    'bench-each': {
      on: { bench: ['*'] },
      calls: 1_000_000,
      per: 'second',
      each: 'token',
    },
  },
  tokens: { grants: { [id]: record } },
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
answerParent({ url: gateway.url, token, audit }, {}, () => gateway.close())

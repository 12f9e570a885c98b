// What authors see of the language: types in the editor, defaults in the schema.
// Each line below that is wrong names, after `//!`, what tsc must say of it;
// every other line must be accepted (design §4.1 rule 1).

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DEFAULTS } from '../src/contract/defaults.ts'

/** From dist/test, where this file runs. */
const root = join(import.meta.dirname, '../..')

const LINES = `
import { basic, bearer, defineGateway, defineServers } from 'portcullis'
import { http, rolesFor, secret, stdio } from 'portcullis'
export const whole = defineGateway({
  servers: {
    github: http({ url: 'https://x', headers: { a: bearer('env:T') } }),
    gitlab: http({ url: 'https://x', headers: { a: basic('u', 'file:/x') } }),
    plain: http({ url: 'https://x', ulr: 3 }), //! 'ulr' does not exist
    slow: stdio({ command: 'x', timeout: '5 min' }), //! '"5 min"' is not
    bare: http({ url: 'x', headers: { a: secret('TOKEN') } }), //! '"TOKEN"' is not
    both: http({ url: 'x', command: 'y' }), //! 'command' does not exist
  },
  roles: {
    reader: {
      allow: { github: ['get_*', { resource: 'x' }, { prompt: 'y' }] },
      deny: { githb: ['*'] }, //! Did you mean to write 'github'?
    },
    writer: { alow: {} }, //! Did you mean to write 'allow'?
    merger: {
      extends: ['reader'],
      allow: { gitlab: [{ tool: 'm', when: { owner: { in: ['a'] } } }] },
    },
    odd: { extends: ['raeder'] }, //! Did you mean '"reader"'?
  },
  teams: {
    one: { roles: ['merger'] },
    two: { roles: ['reder'] }, //! Did you mean '"reader"'?
  },
  limits: {
    calls: { on: { github: ['*'] }, for: { teams: ['one'] }, concurrent: 1 },
    per: { on: {}, calls: 1, per: 'minut' }, //! Did you mean '"minute"'?
    team: { on: {}, concurrent: 1, for: { teams: ['ten'] } }, //! '"ten"' is not
    server: { on: { gitlb: ['*'] }, concurrent: 1 }, //! Did you mean to write 'gitlab'?
  },
  tests: {
    good: { role: 'reader', deny: { gitlab: ['m'] } },
    role: { role: 'readr', deny: { gitlab: ['m'] } }, //! is not assignable
    two: { role: 'reader', team: 'one', deny: {} }, //! is not assignable
  },
})
const servers = defineServers({ github: http({ url: 'x' }) })
const roles = rolesFor(servers)({
  reader: { allow: { github: ['x'] } },
  writer: { allow: { githb: ['x'] } }, //! Did you mean to write 'github'?
  owner: { extends: ['writr'] }, //! Did you mean '"writer"'?
})
export const joined = defineGateway({
  servers,
  roles,
  teams: { t: { roles: ['readr'] } }, //! Did you mean '"reader"'?
})
`

t.test('a typo is an error where it stands', async (t) => {
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    noEmit: true,
    skipLibCheck: true,
    types: [],
  }
  const cwd = t.testdir({
    'gateway.config.ts': LINES,
    'tsconfig.json': JSON.stringify({ compilerOptions }),
  })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', cwd, '--pretty', 'false']
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const said = new Map<number, string>()
  for (const line of stdout.split('\n')) {
    const [, number] = /gateway\.config\.ts\((\d+),/.exec(line) ?? []
    if (number) said.set(Number(number), line)
  }
  for (const [index, line] of LINES.split('\n').entries()) {
    const wanted = line.split('//! ')[1]
    const found = said.get(index + 1)
    if (wanted === undefined) t.equal(found, undefined, line)
    else t.ok(found?.includes(wanted), `${line}: ${found}`)
  }
})

t.test('the defaults are those of the schema', async (t) => {
  const file = join(root, 'schema/gateway.schema.json')
  const schema = JSON.parse(readFileSync(file, 'utf8'))
  const found = new Map<string, unknown>()
  const visit = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, member] of Object.entries(node)) {
      if (key === 'default') found.set(path, member)
      else visit(member, key === 'properties' ? path : `${path}.${key}`)
    }
  }
  visit(schema.properties, '')
  for (const part of ['serverBase', 'httpServer', 'stdioServer']) {
    visit(schema.$defs[part], `.${part}`)
  }
  visit(schema.$defs.limit, '.limit')
  visit(schema.$defs.token, '.token')
  const { listen, admin, key, caps, drain, audit, tokens, limit } = DEFAULTS
  const { server, http, stdio } = DEFAULTS
  const written = { listen, admin, key, caps, drain, audit, tokens, limit }
  const known: object = {
    ...written,
    token: DEFAULTS.token,
    serverBase: server,
    httpServer: http,
    stdioServer: stdio,
  }
  const read = (path: string) =>
    path
      .slice(1)
      .split('.')
      .reduce<unknown>((here, part) => Reflect.get(here as object, part), known)
  // Written as an absence in the config, so not among the constants.
  const absent = ['.listen.behindProxy']
  for (const [path, value] of found) {
    if (!absent.includes(path)) t.same(read(path), value, path)
  }
  const leaves = (node: unknown): number =>
    typeof node !== 'object' || node === null || Array.isArray(node)
      ? 1
      : Object.values(node).reduce((sum, one) => sum + leaves(one), 0) || 1
  // `headers` and `env` share the default of one definition, `{}`.
  t.equal(found.size - absent.length + 2, leaves(known), 'none is missing')
})

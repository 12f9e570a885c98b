// The compile journey: what is found, folded, filled in and watched.
// What it reports stands in test/compile/golden.ts.
// Covers src/compile.ts.

import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { compile } from '../../src/compile.ts'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { makeReport } from '../../src/diagnostics/report.ts'

/** From dist/test, where this file runs. */
const root = join(import.meta.dirname, '../../..')
const now = Date.UTC(2026, 10, 22)

const HEAD = `import { defineGateway, http, stdio } from 'portcullis'\n`
const SERVER = `servers: { a: http({ url: 'https://example.com' }) },`

async function compileText(t: Test, body: string, files: object = {}) {
  const text = `${HEAD}export default defineGateway({ ${body} })\n`
  const cwd = t.testdir({ 'gateway.config.ts': text, ...files })
  return compile({ cwd, now })
}

function codesOf(diagnostics: readonly Diagnostic[]) {
  return diagnostics.map(({ code }) => code)
}

t.test('what cannot be judged is exit 2', async (t) => {
  const cwd = t.testdir({ 'package.json': '{}', folder: {}, 'a.txt': '' })
  for (const config of ['folder', 'missing.ts', 'a.txt']) {
    const { diagnostics, unanswerable } = await compile({ cwd, config, now })
    t.same(codesOf(diagnostics), ['GW1003'], config)
    t.equal(makeReport('check', diagnostics, { unanswerable }).exit, 2)
  }
  const none = await compile({ cwd, now })
  t.equal(makeReport('check', none.diagnostics, none).exit, 2)
  const tokens = await compileText(t, SERVER, { 'gateway.tokens.toml': {} })
  t.same(codesOf(tokens.diagnostics), ['GW1003'], 'a tokens file, unreadable')
  t.equal(makeReport('check', tokens.diagnostics, tokens).exit, 2)
})

t.test('a file that we may not read is exit 2', async (t) => {
  const cwd = t.testdir({
    fragment: { 'gateway.config.ts': `import './b.ts'`, 'b.ts': '' },
    config: { 'gateway.config.ts': 'export default {}', 'package.json': '{}' },
  })
  chmodSync(join(cwd, 'fragment/b.ts'), 0)
  chmodSync(join(cwd, 'config/gateway.config.ts'), 0)
  // Root may read everything: then somebody else asks.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  for (const folder of ['fragment', 'config']) {
    const args = [join(root, 'dist/run/gateway.js'), 'check']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: join(cwd, folder),
      encoding: 'utf8',
      ...nobody,
    })
    t.equal(status, 2, folder)
    t.match(stdout, /GW1003/, stderr)
  }
})

t.test('the config is found upward, to the root of the project', async (t) => {
  const config = '{ "servers": {} }'
  const cwd = t.testdir({
    'gateway.config.json': config,
    inner: { deep: {}, 'package.json': '{}', other: {} },
    'package.json': '{}',
    plain: { deep: {} },
  })
  const found = await compile({ cwd: join(cwd, 'plain/deep'), now })
  t.equal(found.config, join(cwd, 'gateway.config.json'))
  const stopped = await compile({ cwd: join(cwd, 'inner/deep'), now })
  t.same(codesOf(stopped.diagnostics), ['GW1001'], 'not beyond a project')
})

t.test('the digest is of the meaning, not of the writing', async (t) => {
  const roles = (text: string) => `${SERVER} roles: { r: ${text} }`
  const digest = async (body: string) =>
    (await compileText(t, body)).artefact?.digest
  const first = await digest(roles(`{ allow: { a: ['x'] }, deny: {} }`))
  const second = await digest(
    `key: 'gateway.key', /* why */
     ${roles(`{ deny: {},\n allow: { a: ['x'], } }`)}`,
  )
  const third = await digest(roles(`{ allow: { a: ['y'] }, deny: {} }`))
  t.ok(first)
  t.equal(first, second, 'comments, order, spaces and written defaults')
  t.not(first, third, 'but not another tool')
})

t.test('places of rules, and paths of fragments', async (t) => {
  const fragment = `import { stdio } from 'portcullis'
export const servers = {
  here: stdio({ command: './run', cwd: '../data' }),
  path: stdio({ command: 'node' }),
}
`
  const body = `servers, roles: { r: { allow: { here: ['x'] } } }, key: 'k'`
  const text = `import { servers } from './parts/servers.ts'
import { defineGateway } from 'portcullis'
export default defineGateway({ ${body} })
`
  const cwd = t.testdir({
    'gateway.config.ts': text,
    parts: { 'servers.ts': fragment },
  })
  const { artefact, files } = await compile({ cwd, now, places: 'always' })
  t.match(artefact?.table.servers, {
    here: { command: 'parts/run', cwd: 'data' },
    path: { command: 'node', cwd: '' },
  })
  t.equal(artefact?.table.key, 'k')
  const column = text.split('\n')[2]?.indexOf(`'x'`) ?? 0
  const place = `gateway.config.ts:3:${column + 1}`
  t.equal(artefact?.places['/roles/r/allow/here/0'], place)
  t.same(
    files.map((file) => file.slice(cwd.length + 1)),
    [
      'gateway.config.ts',
      'parts/servers.ts',
      'gateway.tokens.toml',
      'gateway.lock.json',
    ],
  )
  const quiet = await compile({ cwd, now })
  t.same(quiet.artefact?.places, {}, 'only when asked for')
  t.equal(quiet.artefact?.digest, artefact?.digest, 'not in the digest')
})

t.test('a broken fragment is watched too', async (t) => {
  const cwd = t.testdir({
    'gateway.config.ts': `import './b.ts'\nexport default {}`,
    'b.ts': 'export const = 1',
  })
  const { files, diagnostics } = await compile({ cwd, now })
  t.same(codesOf(diagnostics), ['GW1004'])
  t.ok(files.includes(join(cwd, 'b.ts')))
})

t.test('the config sees an empty environment', async (t) => {
  process.env.GATEWAY_TEST_SECRET = 'seen'
  t.teardown(() => delete process.env.GATEWAY_TEST_SECRET)
  const key = `key: Object.keys(process.env).join() || 'nothing'`
  const { artefact } = await compileText(t, `${SERVER} ${key}`)
  t.equal(artefact?.table.key, 'nothing')
})

t.test('a tsconfig beside the config has no say', async (t) => {
  const paths = { portcullis: ['./evil.ts'], alias: ['./evil.ts'] }
  const files = {
    'tsconfig.json': JSON.stringify({ compilerOptions: { paths } }),
    'evil.ts': 'export const defineGateway = () => ({ servers: {} })',
  }
  const { artefact } = await compileText(t, SERVER, files)
  t.same(Object.keys(artefact?.table.servers ?? {}), ['a'])
  const text = `export { defineGateway as default } from 'alias'`
  const cwd = t.testdir({ ...files, 'gateway.config.ts': text })
  const aliased = await compile({ cwd, now })
  t.same(codesOf(aliased.diagnostics), ['GW1005'])
})

t.test('roles fold in all they extend, in one order', async (t) => {
  const { artefact } = await compileText(
    t,
    `${SERVER} roles: {
      z: { allow: { a: ['z1', 'z2'] }, deny: { a: ['q'] } },
      m: { extends: ['z', 'a'], allow: { a: ['m1'] } },
      b: { extends: ['m', 'z'] },
      a: { allow: { a: ['a1'] } },
    }`,
  )
  const role = artefact?.table.roles.b
  t.same(
    role?.allow.a?.entries.map(({ rule }) => rule),
    [
      '/roles/a/allow/a/0',
      '/roles/m/allow/a/0',
      '/roles/z/allow/a/0',
      '/roles/z/allow/a/1',
    ],
  )
  t.equal(role?.allow.a?.rule, '/roles/a/allow/a', 'the first ancestor by name')
  t.equal(role?.deny.a?.rule, '/roles/z/deny/a')
})

t.test('names that every object has are names like others', async (t) => {
  const { artefact, diagnostics } = await compileText(
    t,
    `servers: { constructor: http({ url: 'https://x' }), b: stdio({ command: 'x' }) },
    roles: {
      constructor: { allow: { b: ['y'] } },
      r: { extends: ['constructor'], allow: { constructor: ['x'] } },
    }`,
  )
  t.same(diagnostics, [])
  t.match(artefact?.table.roles.r?.allow, {
    b: { rule: '/roles/constructor/allow/b', entries: [{ tool: 'y' }] },
    constructor: {
      rule: '/roles/r/allow/constructor',
      entries: [{ tool: 'x' }],
    },
  })
})

t.test('tokens have their own roles, else those of their team', async (t) => {
  const record = (more: string) => `
subject = "ann"
sha256 = "${'0'.repeat(64)}"
created = 2026-11-01T00:00:00Z
expires = "2026-11-20"
${more}
`
  const { artefact } = await compileText(
    t,
    `${SERVER} roles: { r: {}, s: {} }, teams: { t: { roles: ['s', 'r'] } }`,
    {
      'gateway.tokens.toml': `\ufeff[token.aaaaaaaaaaaa]${record('team = "t"')}
[token.bbbbbbbbbbbb]${record('team = "t"\nroles = ["r"]\nrevoked = 2026-11-02')}`,
    },
  )
  t.match(artefact?.table.tokens, {
    aaaaaaaaaaaa: {
      roles: ['r', 's'],
      team: 't',
      created: Date.UTC(2026, 10, 1),
      expires: Date.UTC(2026, 10, 20),
      revoked: null,
      rule: '/tokens/grants/aaaaaaaaaaaa',
    },
    bbbbbbbbbbbb: { roles: ['r'], revoked: Date.UTC(2026, 10, 2) },
  })
})

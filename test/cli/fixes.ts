// `gateway check --fix`: what is certain is written, nothing else. What is
// certain stands in test/golden.

import {
  chmodSync,
  cpSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { compileConfig } from '../../src/cli/compiled.ts'
import { applyFixes } from '../../src/cli/fixes.ts'
import { openIo } from '../../src/cli/io.ts'
import { withoutConflicts } from '../../src/diagnostics/locate-word.ts'
import { finding } from '../../src/diagnostics/report.ts'
import { makeFolder, makeIo, root, runHere } from '../harness/gateway.ts'

const CONFIG = `// Five words of this file are wrong.
import { defineGateway, http } from 'portcullis'

export default defineGateway({
  listen: { port: '4600' }, // on loopback
  servers: {
    'github':   http({ url: 'https://example.com/mcp' }),
  },
  roles: {
    reader: { alow: { github: ['get_*'] } },
    writer: { extends: ['reader'], deny: { githb: ['create_*'] } },
  },
  teams: { docs: { roles: "writer" } },
  tests: { t: { role: 'raeder', allow: { github: ['get_file'] } } },
})
`
const RIGHT = CONFIG.replace("'4600'", '4600')
  .replace('alow', 'allow')
  .replace('raeder', 'reader')
  .replace('githb', 'github')
  .replace('"writer"', '["writer"]')

const TOKENS = `\ufeff# Reviewed.
[token.aaaaaaaaaaaa]
subject = "ann"
tema = "docs"
sha256 = "${'0'.repeat(64)}"
created = "2026-11-01"
expires = "2026-11-20"
`

function makeFiles(t: Test, files: Readonly<Record<string, string>>) {
  const folder = makeFolder(t, files)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const fix = (...args: string[]) =>
    runHere(['check', '--fix', ...args], { cwd: folder })
  return { folder, read, fix }
}

t.test('five typos: a clean check, and nothing else changed', async (t) => {
  const name = 'gateway.config.ts'
  const { folder, read, fix } = makeFiles(t, { [name]: CONFIG })
  chmodSync(join(folder, name), 0o666)
  const plain = await runHere(['check'], { cwd: folder })
  t.equal(plain.code, 1)
  t.equal(plain.stdout.match(/`gateway check --fix` can write it/g)?.length, 5)
  t.equal(read(name), CONFIG, 'without --fix nothing is written')

  const fixed = await fix('--strict')
  t.equal(fixed.code, 0, fixed.stdout)
  t.equal(fixed.stdout, '0 errors, 0 warnings. OK. No lock.\n')
  t.equal(
    fixed.stderr,
    `fixed gateway.config.ts:5:19  '4600' → 4600
fixed gateway.config.ts:10:15  alow → allow
fixed gateway.config.ts:11:44  githb → github
fixed gateway.config.ts:13:27  "writer" → ["writer"]
fixed gateway.config.ts:14:23  'raeder' → 'reader'
`,
  )
  t.equal(read(name), RIGHT)
  t.equal(statSync(join(folder, name)).mode & 0o777, 0o666)
  t.same(readdirSync(folder), [name], 'no draft is left')
  const again = await fix()
  t.equal(again.stderr, '', 'nothing is left to write')
})

t.test('line ends, a byte order mark, and JSON stay as they are', async (t) => {
  const windows = (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}`
  const config = makeFiles(t, {
    'gateway.config.ts': windows(CONFIG),
    'gateway.tokens.toml': TOKENS.replaceAll('\n', '\r\n'),
  })
  t.equal((await config.fix()).code, 0)
  t.equal(config.read('gateway.config.ts'), windows(RIGHT))
  t.equal(
    config.read('gateway.tokens.toml'),
    TOKENS.replace('tema', 'team').replaceAll('\n', '\r\n'),
  )

  const first = '\ufeffexport default { servers: {}, roels: {} }'
  const marked = makeFiles(t, { 'gateway.config.ts': first })
  t.equal((await marked.fix()).code, 0)
  t.equal(marked.read('gateway.config.ts'), first.replace('roels', 'roles'))

  const json = `{ "name": "x",
\t"gateway": { "servers": { "a": { "type": "http", "ulr": "https://x.example" } },
\t\t"roles": { "r": { "allow": { "a": "x_*" } } } } }`
  const pkg = makeFiles(t, { 'package.json': json })
  const { code, stdout } = await pkg.fix()
  t.equal(code, 0, stdout)
  t.equal(
    pkg.read('package.json'),
    json.replace('ulr', 'url').replace('"x_*"', '["x_*"]'),
  )
})

t.test(
  'fragments and the tokens file, in as many rounds as it needs',
  async (t) => {
    const { folder, read, fix } = makeFiles(t, {})
    cpSync(join(root, 'test/golden/fixable'), folder, { recursive: true })
    const before = read('gateway.tokens.toml')
    const { code, stdout, stderr } = await fix()
    t.equal(code, 0, stdout)
    t.match(stderr, /^fixed gateway\.config\.ts:15:22 {2}'dcos' → 'docs'$/m)
    t.equal(
      read('gateway.tokens.toml'),
      before
        .replace('tema =', 'team =')
        .replace('"persn"', '"person"')
        .replace('role = "reader"', 'roles = ["reader"]'),
    )
    t.notOk(readdirSync(folder).some((name) => name.endsWith('.new')))
  },
)

t.test('what is left is told, from scratch', async (t) => {
  const text = CONFIG.replace("['get_*']", "['get_?']")
  const { fix, read } = makeFiles(t, { 'gateway.config.ts': text })
  const { code, stdout } = await fix('--report', 'json')
  t.equal(code, 1)
  t.match(JSON.parse(stdout).diagnostics, { length: 1, 0: { code: 'GW2009' } })
  t.equal(read('gateway.config.ts'), RIGHT.replace("['get_*']", "['get_?']"))
})

t.test('never outside the folder, in a package, through a link', async (t) => {
  const roles = `export const roles = { reader: { alow: {} } }\n`
  const config = (from: string) => `import { roles } from '${from}'
export default { servers: {}, roles }
`
  const outside = makeFiles(t, {
    '.git/HEAD': '',
    'shared/roles.ts': roles,
    'ops/gateway.config.ts': config('../shared/roles.ts'),
  })
  const linked = makeFiles(t, {
    '.git/HEAD': '',
    'shared/roles.ts': roles,
    'ops/gateway.config.ts': config('./roles.ts'),
  })
  symlinkSync('../shared/roles.ts', join(linked.folder, 'ops/roles.ts'))
  for (const { fix, read } of [outside, linked]) {
    const { code, stdout, stderr } = await fix('--cwd', 'ops')
    t.equal(code, 1)
    t.equal(stderr, '')
    t.match(stdout, 'GW2001')
    t.notMatch(stdout, '--fix')
    t.equal(read('shared/roles.ts'), roles)
  }

  const pack = 'node_modules/preset/index.js'
  const preset = makeFiles(t, {
    [pack]: roles,
    'node_modules/preset/package.json':
      '{ "name": "preset", "type": "module", "exports": "./index.js" }',
    'gateway.config.ts': config('preset'),
  })
  const run = await preset.fix()
  t.equal(run.code, 1)
  t.notMatch(run.stdout, '--fix')
  t.equal(preset.read(pack), roles)

  const link = makeFiles(t, {
    'ops/gateway.config.ts': CONFIG,
    'tokens.toml': TOKENS,
  })
  symlinkSync('../tokens.toml', join(link.folder, 'ops/gateway.tokens.toml'))
  const refused = await link.fix('--cwd', 'ops')
  t.equal(refused.code, 2)
  t.match(
    refused.stderr,
    /tokens\.toml is outside of the repository; nothing was written/,
  )
  t.equal(link.read('ops/gateway.config.ts'), CONFIG)
  t.equal(link.read('tokens.toml'), TOKENS)
})

t.test('a file that changed since it was read stops everything', async (t) => {
  for (const changed of ['b.ts', 'gateway.tokens.toml']) {
    const files = {
      'gateway.config.ts': `import { roles } from './b.ts'
export default { servers: {}, roles, tests: { t: { role: 'raeder', deny: {} } } }
`,
      'b.ts': 'export const roles = { reader: { alow: {} } }\n',
      'gateway.tokens.toml': TOKENS,
    }
    const { folder, read } = makeFiles(t, files)
    const io = openIo([], makeIo(folder))
    const compiled = await compileConfig({}, io)
    t.equal(compiled.diagnostics.filter(({ fix }) => fix).length, 3)
    const text = `${read(changed)}\n`
    writeFileSync(join(folder, changed), text)
    await t.rejects(applyFixes(compiled, io), {
      name: 'Unanswerable',
      message: `${changed} has changed since it was read; nothing was written`,
    })
    const kept = Object.keys(files).filter((name) => name !== changed)
    t.same(
      kept.map(read),
      kept.map((name) => Reflect.get(files, name)),
    )
    t.equal(readdirSync(folder).length, 3, 'no draft is left')
  }
})

t.test('no name that gives access is guessed', async (t) => {
  const text = RIGHT.replace('allow: { github', 'allow: { githb')
    .replace("extends: ['reader']", "extends: ['raeder']")
    .replace('["writer"]', '["writr"]')
  const { fix, read } = makeFiles(t, { 'gateway.config.ts': text })
  const { code, stdout, stderr } = await fix()
  t.equal(code, 1)
  for (const meant of ['github', 'reader', 'writer']) {
    t.match(stdout, `did you mean \`${meant}\``)
  }
  t.equal(stderr, '')
  t.equal(read('gateway.config.ts'), text)
})

t.test('two that want different words in one place: neither', (t) => {
  const at = { file: 'a.ts', start: { line: 1, column: 1 } }
  const wish = (text: string) => {
    const fix = { title: text, edits: [{ at, text }] }
    return { ...finding('GW3001', '', text), fix }
  }
  const fixes = (...texts: string[]) =>
    withoutConflicts(texts.map(wish)).map(({ fix }) => fix?.title)
  t.same(fixes('x', 'x'), ['x', 'x'])
  t.same(fixes('x', 'y'), [undefined, undefined])
  t.end()
})

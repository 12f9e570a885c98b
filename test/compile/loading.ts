// What can be wrong before a config is judged: no such file or folder, a file
// that is no text, or nested without end; what is started, watched and advised.
// Covers src/load, src/regular.ts.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Compiled, compile } from '../../src/compile.ts'
import { renderHuman } from '../../src/diagnostics/render/human.ts'
import { makeReport } from '../../src/diagnostics/report.ts'
import { asSource } from '../../src/diagnostics/speak.ts'
import { gateway, makeFolder, root, runHere } from '../harness/gateway.ts'

const now = Date.UTC(2026, 10, 22)

const JSON_TEXT = readFileSync(
  join(root, 'examples/json/gateway.config.json'),
  'utf8',
)

const compileFile = (t: Test, name: string, content: string | Uint8Array) => {
  const cwd = makeFolder(t)
  writeFileSync(join(cwd, name), content)
  return compile({ cwd, now })
}

const codesOf = ({ diagnostics }: Compiled) =>
  diagnostics.map(({ code }) => code)

const show = ({ diagnostics, sources, ...rest }: Compiled) =>
  renderHuman(makeReport('check', diagnostics, rest), { texts: sources.texts })

import { readCode } from '../../src/diagnostics/codes/all.ts'
import { MAX_DEPTH } from '../../src/diagnostics/written.ts'
import { MAX_TOKENS } from '../../src/load/nesting.ts'
import { MAX_VALUES } from '../../src/load/size.ts'

t.test('data is neither bundled nor run', async (t) => {
  const spy = `
    const processes = require('node:child_process')
    let started = 0
    const { spawn } = processes
    processes.spawn = (...args) => { started++; return spawn(...args) }
    require('node:module').syncBuiltinESMExports()
    process.on('exit', () => {
      const bundler = Object.keys(require.cache)
        .filter((file) => /node_modules.esbuild./.test(file)).length > 0
      require('node:fs').writeSync(2, JSON.stringify({ started, bundler }))
    })`
  const folder = makeFolder(t, { 'spy.cjs': spy })
  const bin = join(root, 'dist/run/gateway.js')
  const command = [process.execPath, '-r', join(folder, 'spy.cjs'), bin]
  const look = async (cwd: string) => {
    const { code, stderr } = await gateway(['check'], { cwd, command })
    t.equal(code, 0, cwd)
    return JSON.parse(stderr) as { started: number; bundler: boolean }
  }
  for (const form of ['json', 'yaml', 'toml']) {
    t.same(
      await look(join(root, 'examples', form)),
      { started: 0, bundler: false },
      form,
    )
  }
  const code = await look(join(root, 'examples/minimal'))
  t.ok(code.started > 0 && code.bundler, 'the spy sees what code starts')
})

t.test('what cannot be read as text is said', async (t) => {
  const utf16 = Buffer.from(`\ufeff${JSON_TEXT}`, 'utf16le')
  const odd = await compileFile(t, 'gateway.config.json', utf16)
  t.match(odd.diagnostics, [{ code: 'GW1004', help: 'save it as UTF-8' }])
  const large = Buffer.alloc(17 * 2 ** 20, 0x20)
  const huge = await compileFile(t, 'gateway.config.yaml', large)
  t.same(codesOf(huge), ['GW1017'])
})

t.test('depth ends a reading, not the process', async (t) => {
  const deep = '['.repeat(50_000)
  const texts = {
    json: [deep, `{"servers":${deep}`],
    yaml: [deep, `a: ${deep}`, '- '.repeat(50_000), '{a: '.repeat(50_000)],
    toml: [`a = ${deep}`, `${'a.'.repeat(50_000)}a = 1`],
  }
  for (const [form, list] of Object.entries(texts)) {
    for (const text of list) {
      const compiled = await compileFile(t, `gateway.config.${form}`, text)
      t.same(codesOf(compiled), ['GW1017'], `${form}: ${text.slice(0, 12)}`)
    }
  }
})

t.test(
  'too many values: the most is said, and in the long form too',
  async (t) => {
    const text = `{"a":[${'0,'.repeat(2 * MAX_VALUES)}0]}`
    const { diagnostics } = await compileFile(t, 'gateway.config.json', text)
    const message =
      'the text up to here has more than 250000 values, the most that a config may hold'
    t.match(diagnostics, [{ code: 'GW1017', message }])
    const { why } = readCode('GW1017')
    for (const most of [MAX_VALUES, MAX_TOKENS, MAX_DEPTH]) {
      t.match(why, most.toLocaleString('en'))
    }
  },
)

t.test('a config that is named', async (t) => {
  const cwd = makeFolder(t, {
    'package.json': `{ "gateway": ${JSON_TEXT} }`,
    'notes.txt': '',
  })
  mkdirSync(join(cwd, 'inner'))
  writeFileSync(join(cwd, 'inner/gateway.config.yaml'), 'servers: {}')
  writeFileSync(join(cwd, 'inner/package.json'), '{}')
  const check = (...args: string[]) =>
    runHere(['check', '--cwd', cwd, '--config', ...args])
  t.equal((await check('package.json')).code, 0)
  t.equal((await check('inner/gateway.config.yaml')).code, 0)
  const none = await check('inner/package.json')
  t.equal(none.code, 1)
  t.match(none.stdout, 'GW1006  `package.json` has no key `gateway`')
  const folder = await check('inner')
  t.equal(folder.code, 2)
  t.match(folder.stdout, join(cwd, 'inner/gateway.config.yaml'), 'proposed')
  const text = await check('notes.txt')
  t.equal(text.code, 2)
  t.match(
    text.stdout,
    /`notes\.txt` does not have the ending .*\n.*\.yaml, \.yml or \.toml/,
  )
  t.match((await check('nope.ts')).stdout, /nope\.ts` does not exist/)
})

t.test('a folder that does not exist', async (t) => {
  const nope = join(makeFolder(t), 'nope')
  const check = await runHere(['check', '--cwd', nope])
  t.equal(check.code, 2)
  t.match(check.stdout, `the folder \`${nope}\` does not exist`)
  const init = await runHere(['init', '--cwd', nope])
  t.equal(init.code, 2)
  t.match(init.stderr, `${nope} does not exist: create it first`)
  t.throws(() => readdirSync(nope), { code: 'ENOENT' }, 'nothing is created')
})

t.test('a data config and its tokens file are watched', async (t) => {
  const cwd = makeFolder(t)
  const file = join(cwd, 'gateway.config.yaml')
  const save = async (text: string) => {
    writeFileSync(file, text)
    return (await compile({ cwd, now })).files
  }
  const named = 'servers: {}\ntokens: { file: records/tokens.toml }'
  const lock = join(cwd, 'gateway.lock.json')
  t.same(await save(named), [file, join(cwd, 'records/tokens.toml'), lock])
  const usual = [file, join(cwd, 'gateway.tokens.toml'), lock]
  t.same(await save('servers: {}'), usual)
  t.same(await save('servers: ['), usual, 'while it is broken, too')
})

t.test('instants of records are written natively', async (t) => {
  const record = (created: string, expires: string) => `
[token.abcdefghijkl]
subject = "ann"
roles = ["reader"]
sha256 = "${'0'.repeat(64)}"
created = ${created}
expires = ${expires}
`
  const cwd = makeFolder(t, { 'gateway.config.json': JSON_TEXT })
  const save = (text: string) => {
    writeFileSync(join(cwd, 'gateway.tokens.toml'), text)
    return compile({ cwd, now })
  }
  const written = await save(record('2026-11-01', '2026-12-21T10:00:00+02:00'))
  t.match(written.artefact?.table.tokens.abcdefghijkl, {
    created: Date.UTC(2026, 10, 1),
    expires: Date.UTC(2026, 11, 21, 8),
  })
  const spaced = await save(record('2026-11-01 00:00:00z', '"2026-12-21"'))
  t.equal(spaced.diagnostics.length, 0, 'a blank, and lower case')
  const odd = await save(record('2026-02-30', '2026-13-01'))
  t.same(codesOf(odd), ['GW2011', 'GW2011'], 'no day, no month: no crash')
  t.match(show(odd), /7 │ expires = 2026-13-01\n/, 'the line is shown')
  const broken = await save(record('yesterday', '2026-12-01'))
  t.same(codesOf(broken), ['GW1015'])
  t.match(show(broken), /6 │ created = yesterday\n/)
})

t.test('help speaks the language of the file', async (t) => {
  const helps = [
    ["write bearer('env:NAME')", 'write { "bearer": "env:NAME" }'],
    ["write http({ url: '…' })", 'write { "type": "http", "url": "…" }'],
    ["{ NAME: secret('env:X') }", '{ "NAME": { "secret": "env:X" } }'],
    ["the owner's `x`, and 'y'", 'the owner\'s `x`, and "y"'],
  ] as const
  for (const [help, json] of helps) {
    t.equal(asSource('gateway.config.ts', help), help)
    t.equal(asSource('gateway.config.json', help), json)
  }
  const [[bearer], [http], [pair]] = helps
  const yaml = [bearer, http, pair].map((help) => asSource('a.yml', help))
  t.same(yaml, [
    "write { bearer: 'env:NAME' }",
    "write { type: 'http', url: '…' }",
    "{ NAME: { secret: 'env:X' } }",
  ])
  t.same(
    [bearer, http, pair].map((help) => asSource('a.toml', help)),
    [
      'write { bearer = "env:NAME" }',
      'write { type = "http", url = "…" }',
      '{ NAME = { secret = "env:X" } }',
    ],
  )
  const compiled = await compileFile(
    t,
    'gateway.config.json',
    '{ "servers": { "a": {} }, "admin": { "token": "PLAIN_NAME" } }',
  )
  t.notMatch(show(compiled), /'env:|http\(|export default/)
})

// The tokens file on disk: whole in every moment, and nobody's change lost.
// In: files that the test makes. Out: tap.

import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { draftFiles } from '../../src/cli/files.ts'
import { insertToken, type NewToken } from '../../src/cli/tokens-file.ts'
import { changeTokens, parseTokens } from '../../src/cli/tokens-store.ts'
import { loadTokens } from '../../src/load/tokens.ts'
import { parseToml } from '../../src/load/toml.ts'
import { makeFolder } from '../harness/gateway.ts'

const TOKEN: NewToken = {
  subject: 'alice',
  kind: 'person',
  sha256: 'a'.repeat(64),
  created: '2026-11-22T18:00:00Z',
  expires: '2027-01-01T00:00:00Z',
}

const FILE = `# Reviewed like code.\r

[token.dddddddddddd] # CRLF on the first line\r
subject = 'bob'
`

const records = (text: string) => parseTokens('tokens.toml', text)

t.test('mode and link stay, and no draft is left', async (t) => {
  const folder = t.testdir({ real: { 'tokens.toml': FILE } })
  const real = join(folder, 'real/tokens.toml')
  chmodSync(real, 0o640)
  symlinkSync('real/tokens.toml', join(folder, 'link.toml'))
  await changeTokens(join(folder, 'link.toml'), {
    edit: (text) => insertToken(text, 'cccccccccccc', TOKEN),
    expect: (rows) => ({ ...rows, cccccccccccc: TOKEN }),
  })
  t.equal(statSync(real).mode & 0o777, 0o640)
  t.strictSame(readdirSync(folder).sort(), ['link.toml', 'real'])
  t.strictSame(readdirSync(join(folder, 'real')), ['tokens.toml'])
  t.ok(records(readFileSync(real, 'utf8')).cccccccccccc)
})

t.test('a wrong edit changes nothing', async (t) => {
  const folder = t.testdir({ 'tokens.toml': FILE })
  const file = join(folder, 'tokens.toml')
  const refused = changeTokens(file, {
    edit: (text) => text.replace('bob', 'eve'),
    expect: (rows) => rows,
  })
  await t.rejects(refused, { message: /nothing was/ })
  t.equal(readFileSync(file, 'utf8'), FILE)
  t.strictSame(readdirSync(folder), ['tokens.toml'])
})

t.test('commands at once lose nothing', async (t) => {
  const file = join(t.testdir(), 'tokens.toml')
  const ids = Array.from({ length: 12 }, (_, i) => `a${i}`.padEnd(12, 'x'))
  await Promise.all(
    ids.map((id) =>
      changeTokens(file, {
        edit: (text) => insertToken(text, id, TOKEN),
        expect: (rows) => ({ ...rows, [id]: TOKEN }),
      }),
    ),
  )
  const text = readFileSync(file, 'utf8')
  t.strictSame(Object.keys(records(text)), [...ids].sort())
  t.notOk(existsSync(`${file}.new`))
})

t.test('a draft that stays is named', async (t) => {
  const folder = t.testdir({ 'tokens.toml': FILE, 'tokens.toml.new': '' })
  const file = join(folder, 'tokens.toml')
  const refused = changeTokens(file, { edit: (x) => x, expect: (x) => x })
  await t.rejects(refused, { message: /tokens\.toml\.new exists/ })
  t.ok(existsSync(`${file}.new`), "another's draft is not removed")
  const bad = join(folder, 'bad.toml')
  writeFileSync(bad, '[token')
  const broken = changeTokens(bad, { edit: (x) => x, expect: (x) => x })
  await t.rejects(broken, { message: /is not TOML/ })
})

t.test('the compiler reads a file with CRLF behind comments', async (t) => {
  const file = join(t.testdir({ 'tokens.toml': FILE }), 'tokens.toml')
  const { records, diagnostics } = await loadTokens(file, 'tokens.toml')
  t.same(diagnostics, [])
  t.match(records, { dddddddddddd: { subject: 'bob' } })
})

t.test('files are written all or none', (t) => {
  const folder = makeFolder(t, { 'a.txt': 'a' })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const to = (name: string) => {
    return { path: join(folder, name), name, text: 'new' }
  }
  const refused = { name: 'Unanswerable', message: /cannot write no\/such/ }
  t.throws(() => draftFiles([to('a.txt'), to('b'), to('no/such')]), refused)
  t.same(readdirSync(folder), ['a.txt'])
  t.equal(read('a.txt'), 'a')
  symlinkSync('a.txt', join(folder, 'link'))
  draftFiles([to('link'), to('b')]).commit()
  t.equal(read('a.txt'), 'new', 'through the link, which stays one')
  t.same(readdirSync(folder), ['a.txt', 'b', 'link'])
  t.end()
})

t.test('a table of TOML is never what every object has', async (t) => {
  for (const text of [
    '[constructor]\nkeys = 1\n',
    '["\\u0063onstructor"]\nkeys = 1\n',
    '["\\U00000063onstructor".x]\nkeys = 1\n',
    '[[a.toString]]\nx = 1\n',
    'a.constructor.keys = 1\n',
    'a = { constructor.keys = 1 }\n',
    '[__proto__]\nx = 1\n',
  ]) {
    const { faults } = await parseToml(text, 'GW1004')
    t.match(
      faults,
      [{ message: /a table cannot have the name `\w+` in TOML/ }],
      text,
    )
  }
  t.equal(typeof Object.keys, 'function')
  const leaf = await parseToml('constructor = 1\n', 'GW1004')
  t.same(leaf.faults, [], 'a value may')
})

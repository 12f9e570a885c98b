// Edits of the tokens file: every byte outside the edited block stays.
// In: texts that people and tools may have written. Out: tap.

import { isDeepStrictEqual } from 'node:util'
import toml from '@iarna/toml'
import fc from 'fast-check'
import t from 'tap'
import {
  insertToken,
  type NewToken,
  revokeToken,
} from '../../src/cli/tokens-file.ts'
import { readStatements } from '../../src/diagnostics/toml-statements.ts'

// The same cases on every run; a new seed is for those who look for faults.
fc.configureGlobal({ seed: 20261124 })

const NOW = '2026-11-22T18:00:00Z'
const SHA = 'a'.repeat(64)

const TOKEN: NewToken = {
  subject: 'alice',
  kind: 'person',
  team: 'platform',
  sha256: SHA,
  created: NOW,
  expires: '2027-01-01T00:00:00Z',
}

const FILE = `# Reviewed like code.

# Alice, until she leaves.
[token.bbbbbbbbbbbb]
subject = "alice" # on leave
note = """
[token.zzzzzzzzzzzz]
revoked = "not a key"
"""
roles = [
  "reader", # [token.x]
  'a]b',
]
# after the last key

[token.bbbbbbbbbbbb.tools]
github = ["get_*"]

["token".'dddddddddddd']
subject = 'bob'
`

/** CRLF after a comment is beyond @iarna/toml. */
const records = (text: string) =>
  (toml.parse(text.replaceAll('\r\n', '\n')).token ?? {}) as Record<
    string,
    Record<string, unknown>
  >

t.test('a new record goes before the first id that follows it', (t) => {
  for (const [id, before] of [
    ['aaaaaaaaaaaa', '# Alice, until'],
    ['cccccccccccc', '["token"'],
  ] as const) {
    const text = insertToken(FILE, id, TOKEN)
    const at = FILE.indexOf(before)
    t.equal(text.slice(0, at), FILE.slice(0, at))
    t.equal(text.slice(at - FILE.length), FILE.slice(at))
    t.strictSame(records(text), { ...records(FILE), [id]: TOKEN })
    t.match(text.slice(at), new RegExp(`^\\[token.${id}\\]\nsubject`))
  }
  const last = insertToken(FILE, 'eeeeeeeeeeee', TOKEN)
  t.ok(last.startsWith(`${FILE}\n[token.eeeeeeeeeeee]\n`))
  t.end()
})

t.test('the first record brings a heading', (t) => {
  for (const empty of ['', '\n']) {
    const text = insertToken(empty, 'aaaaaaaaaaaa', TOKEN)
    t.match(text, /^# Token records/)
    t.strictSame(records(text), { aaaaaaaaaaaa: TOKEN })
  }
  const text = insertToken('# Mine.', 'aaaaaaaaaaaa', TOKEN)
  t.ok(text.startsWith('# Mine.\n\n[token.aaaaaaaaaaaa]\n'))
  t.end()
})

t.test('texts that need escapes come back as they were', (t) => {
  const subject = 'Ä "b" \\ \u007f \t 😀'
  const tools = { github: ['get_*', 'a"b'], 'my-files': ['*'] }
  const token = { ...TOKEN, subject, tools, roles: ['reader'] }
  const text = insertToken('', 'aaaaaaaaaaaa', token)
  t.strictSame(records(text), { aaaaaaaaaaaa: token })
  t.end()
})

t.test('a revocation adds one line after the last key of its block', (t) => {
  const text = revokeToken(FILE, 'bbbbbbbbbbbb', NOW) ?? ''
  t.equal(text, FILE.replace("',\n]\n", `',\n]\nrevoked = "${NOW}"\n`))
  const quoted = revokeToken(FILE, 'dddddddddddd', NOW) ?? ''
  t.equal(quoted, FILE.replace("'bob'\n", `'bob'\nrevoked = "${NOW}"\n`))
  t.end()
})

t.test('line ends, a missing last one, a BOM and a bare header stay', (t) => {
  const crlf = FILE.replaceAll('\n', '\r\n')
  const text = revokeToken(crlf, 'bbbbbbbbbbbb', NOW) ?? ''
  t.equal(
    text,
    revokeToken(FILE, 'bbbbbbbbbbbb', NOW)?.replaceAll('\n', '\r\n'),
  )
  t.notMatch(insertToken(crlf, 'cccccccccccc', TOKEN), /[^\r]\n/)

  const open = '[token.aaaaaaaaaaaa]\nsubject = "a" # end'
  const line = `\nrevoked = "${NOW}"`
  t.equal(revokeToken(open, 'aaaaaaaaaaaa', NOW), open + line)
  t.ok(insertToken(open, 'bbbbbbbbbbbb', TOKEN).startsWith(`${open}\n\n[`))

  const bom = `\uFEFF${open}`
  t.equal(revokeToken(bom, 'aaaaaaaaaaaa', NOW), bom + line)
  const first = insertToken(bom, '000000000000', TOKEN)
  t.match(first, /^\uFEFF\[token.000000000000\]/)

  const bare = '[token.aaaaaaaaaaaa]\n\n[token.bbbbbbbbbbbb]\n'
  const revoked = revokeToken(bare, 'aaaaaaaaaaaa', NOW) ?? ''
  t.equal(records(revoked).aaaaaaaaaaaa?.revoked, NOW)
  t.end()
})

t.test('what cannot be edited as a block is left alone', (t) => {
  for (const text of [
    '[token]\naaaaaaaaaaaa = { subject = "a" }\n',
    'token.aaaaaaaaaaaa.subject = "a"\n',
    '[token.aaaaaaaaaaaa.tools]\ngithub = ["*"]\n',
    '[token.aaaaaaaaaaaa]\nrevoked = "2026-01-01"\n',
    'note = "[token.aaaaaaaaaaaa]"\n# [token.aaaaaaaaaaaa]\n',
    '',
  ]) {
    t.equal(revokeToken(text, 'aaaaaaaaaaaa', NOW), undefined, text)
  }
  t.end()
})

t.test('statements: paths and spans, never inside strings', (t) => {
  t.strictSame(
    readStatements(
      "a = 1\n[[ \"x.y\" . z ]] # c\n\"q\\\"\" = '''\n[n]'''\n",
    ).map(({ kind, path }) => [kind, ...path]),
    [
      ['pair', 'a'],
      ['header', 'x.y', 'z'],
      ['pair', 'q"'],
    ],
  )
  for (const broken of ['a = """\n[token.x]', '[', '= 1', '[a', 'a', '"']) {
    t.doesNotThrow(() => readStatements(broken), broken)
  }
  t.end()
})

const word = fc.string({ unit: 'grapheme-ascii', maxLength: 12 })
const id = fc.stringMatching(/^[a-z0-9]{12}$/)
const comment = fc.array(
  word.map((text) => `# ${text}`),
  { maxLength: 2 },
)
const value = fc.oneof(
  word.map((text) => JSON.stringify(text)),
  word.map((text) => `"""\n[${text.replaceAll(/["\\]/g, '')}]\n"""`),
  word.map((text) => `'${text.replaceAll("'", '')}'`),
  fc
    .array(word)
    .map(
      (list) => `[\n${list.map((w) => `${JSON.stringify(w)},\n`).join('')}]`,
    ),
  fc.constant('{ a = "[", b = [ 1 ] }'),
)
const block = fc.record({ id, above: comment, value, below: comment })
const file = fc
  .record({
    blocks: fc.uniqueArray(block, { selector: (b) => b.id, minLength: 1 }),
    eol: fc.constantFrom('\n', '\r\n'),
    end: fc.boolean(),
  })
  .map(({ blocks, eol, end }) => {
    const lines = blocks.flatMap(({ id, above, value, below }) => [
      ...above,
      `[token.${id}] # ${id}`,
      `subject = ${value}`,
      ...below,
      '',
    ])
    const text = lines.join('\n') + (end ? '\n' : '')
    const ids = blocks.map((b) => b.id)
    return { ids, eol, text: text.replaceAll('\n', eol) }
  })

/** The text with the span that was added taken out again. */
function without(after: string, before: string, added: string): boolean {
  const at = after.indexOf(added)
  return after.slice(0, at) + after.slice(at + added.length) === before
}

t.test('property: only the edited block differs', (t) => {
  fc.assert(
    fc.property(file, fc.nat(), ({ ids, text, eol }, pick) => {
      const chosen = ids[pick % ids.length] as string
      const after = revokeToken(text, chosen, NOW) ?? ''
      const rows = records(text)
      const wanted = { ...rows[chosen], revoked: NOW }
      return (
        without(after, text, `${eol}revoked = "${NOW}"`) &&
        isDeepStrictEqual(records(after), { ...rows, [chosen]: wanted })
      )
    }),
    { numRuns: 300 },
  )
  t.pass('held')
  t.end()
})

t.test('property: a new record leaves every other byte', (t) => {
  fc.assert(
    fc.property(file, id, ({ ids, text, eol }, fresh) => {
      fc.pre(!ids.includes(fresh))
      const after = insertToken(text, fresh, TOKEN)
      const own = insertToken('#', fresh, TOKEN).slice(3).replaceAll('\n', eol)
      // Apart from the block, at most blank lines that set it off.
      const spaced = [own + eol, eol + own, eol + eol + own, own]
      return (
        spaced.some((added) => without(after, text, added)) &&
        isDeepStrictEqual(records(after), { ...records(text), [fresh]: TOKEN })
      )
    }),
    { numRuns: 300 },
  )
  t.pass('held')
  t.end()
})

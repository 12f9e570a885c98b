// Every code is documented, its examples are true, and findings read alike.
// In: the table of codes, their long forms, test/golden. Out: tap.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ALL_CODES, readCode } from '../../src/diagnostics/codes/all.ts'
import { CODES, type Code } from '../../src/diagnostics/codes.ts'
import { judgeExample } from '../harness/examples.ts'
import { root, runHere } from '../harness/gateway.ts'
import { readImports } from '../harness/imports.ts'
import { CODES_FILE, writeCodes } from '../scripts/docs.ts'

const ALL = Object.keys(CODES) as Code[]

interface Told {
  readonly code: string
  readonly message: string
  readonly help?: string
  readonly notes?: readonly string[]
}

/** Findings of every golden case, with the name of the case. */
const TOLD = readdirSync(join(root, 'test/golden')).flatMap((name) => {
  const file = join(root, 'test/golden', name, 'expect.json')
  const found = JSON.parse(readFileSync(file, 'utf8')) as readonly Told[]
  return found.map((one) => [name, one] as const)
})

t.test('every code has a row and a long form', (t) => {
  t.strictSame(ALL, ALL_CODES, 'run `npm run build`')
  for (const code of ALL) {
    const { why, causes = [], wrong, right, ...more } = readCode(code)
    t.match(more, CODES[code], `${code}: the row is that of its entry`)
    const sentences = why.split('. ').length
    t.ok(why.endsWith('.') && sentences >= 2, `${code}: says why`)
    t.ok(sentences <= 5, `${code}: five sentences at most`)
    t.ok(wrong || causes.length > 0, `${code}: an example, or causes`)
    t.equal(right !== undefined && !wrong, false, `${code}: right needs wrong`)
    for (const cause of causes) t.notMatch(cause, /\.$|^[A-Z][a-z]/, code)
  }
  t.end()
})

/** Not to be had from one small file: folders, time, memory. */
const ELSEWHERE: readonly string[] = [
  'GW1001',
  'GW1002',
  'GW1003',
  'GW1010',
  'GW1017',
  'GW4017',
  'GW4023',
  'GW4026',
  'GW5001',
  'GW5002',
  'GW5003',
  'GW5004',
  'GW6002',
  'GW6003',
  'GW6004',
  'GW7002',
]

/** What an offline check cannot say. */
const isLive = (code: string) => code.startsWith('GW8')

const isLint = (code: string) => code.startsWith('GW4')

t.test('an example gives its code, and corrected it does not', async (t) => {
  t.jobs = 2
  for (const code of ALL) {
    const { wrong, right, language = 'ts', locked = false } = readCode(code)
    if (language === 'sh' || !wrong || isLive(code)) {
      t.ok(
        ELSEWHERE.includes(code) || isLive(code),
        `${code}: no example to run`,
      )
      continue
    }
    t.test(code, async (t) => {
      const judge = async (text: string) => {
        const found = await judgeExample(t, text, { language, locked })
        // An example is about one thing; a lint may have more to say of it.
        return [...new Set(found)].filter((one) => {
          const { severity } = CODES[one as Code]
          return one === code || !(severity === 'info' || isLint(one))
        })
      }
      t.strictSame(await judge(wrong), [code], 'wrong, and only so')
      t.strictSame(await judge(right ?? ''), [], 'right')
    })
  }
})

t.test('docs/codes.md is what `npm run docs` writes', (t) => {
  const text = readFileSync(join(root, CODES_FILE), 'utf8')
  t.ok(text === writeCodes(), 'run `npm run docs`')
  const headings = [...text.matchAll(/^### (\S+)$/gm)].map(([, code]) => code)
  t.strictSame(headings, ALL, 'one heading, and anchor, for each code')
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) {
    t.ok(headings.includes(String(anchor).toUpperCase()), `#${anchor}`)
  }
  t.end()
})

t.test('findings read alike', (t) => {
  const names = readTypeNames()
  t.ok(names.includes('Diagnostic') && names.includes('ServerConfig'))
  for (const [name, { code, message, help = '', notes = [] }] of TOLD) {
    const where = `${name}: ${code}: `
    for (const text of [message, help, ...notes]) {
      t.strictSame(findFaults(text, names), [], where + text)
    }
    t.not(help, '', `${where}${message}: has help`)
  }
  for (const code of ALL) {
    const { title, help } = CODES[code]
    const faults = [title, help].flatMap((text) => findFaults(text, names))
    t.strictSame(faults, [], `${code}: ${title}`)
  }
  t.end()
})

t.test('a text that reads otherwise is caught', (t) => {
  const faults = (text: string) => findFaults(text, ['Diagnostic'])
  t.strictSame(faults('`Diagnostic` is a name; JSON is not'), [])
  t.strictSame(faults('two\nlines'), ['a line break'])
  t.strictSame(faults('ends.'), ['a final period'])
  t.strictSame(faults('Begins'), ['an upper-case start'])
  t.strictSame(faults('no Diagnostic'), ['our own name Diagnostic'])
  t.strictSame(faults('must be [object Object]'), ['a value without a form'])
  t.strictSame(faults('an `odd backtick'), ['an odd backtick'])
  t.end()
})

t.test('explain: a code, in three forms', async (t) => {
  const human = await runHere(['explain', 'gw3002'])
  t.equal(human.code, 0)
  t.match(human.stdout, /^GW3002 {2}unknown role {2}\(error\)\n/)
  t.match(human.stdout, "    teams: { docs: { roles: ['raeder'] } },\n")
  const json = await runHere(['explain', 'GW3002', '--report', 'json'])
  t.strictSame(JSON.parse(json.stdout), {
    formatVersion: 1,
    ...JSON.parse(JSON.stringify(readCode('GW3002'))),
  })
  const args = ['explain', 'GW3002', '--report', 'markdown']
  const markdown = await runHere(args)
  const page = readFileSync(join(root, CODES_FILE), 'utf8')
  t.ok(page.includes(markdown.stdout), 'the same as in the documentation')
  const long = human.stdout.split('\n').filter((line) => line.length > 80)
  t.strictSame(long, [], 'fits 80 columns')
})

t.test('explain: no such code', async (t) => {
  for (const [word, said] of [
    ['ada', /no token, subject, team or role is named `ada`/],
    ['a/b', /unknown server `a`/],
    ['GW2099', /unknown code `GW2099`\ndid you mean `GW2\d{3}`\?/],
    ['GW30002', /did you mean `GW3\d{3}`\?/],
    ['GW8888', /did you mean|possible/],
    ['reader\u001b[2J', /is named `reader\ufffd\[2J`/],
  ] as const) {
    const { code, stdout, stderr } = await runHere(['explain', word])
    t.equal(code, 1, word)
    t.equal(stdout, '')
    t.match(stderr, said)
  }
  t.equal((await runHere(['explain'])).code, 2, 'nothing to explain')
})

t.test('nothing but explain loads the long forms', (t) => {
  const reached = new Set(['src/cli/verbs/check.ts', 'src/runtime/gateway.ts'])
  for (const path of reached) {
    const text = readFileSync(join(root, path), 'utf8')
    for (const { to, kind, typeOnly } of readImports({ path, text })) {
      if (kind === 'file' && !typeOnly && to.endsWith('.ts')) reached.add(to)
    }
  }
  t.ok(reached.has('src/diagnostics/codes.ts'), 'the table itself is loaded')
  const loaded = [...reached].filter((path) => path.includes('/codes/'))
  t.strictSame(loaded, [])
  t.end()
})

/** What a reader should not have to read; quoted text is the user's own. */
function findFaults(text: string, names: readonly string[]): string[] {
  const plain = text.replaceAll(/`[^`]*`/g, '``').replaceAll(/'[^']*'/g, "''")
  const own = names.filter((name) => new RegExp(`\\b${name}\\b`).test(plain))
  return [
    ...(/\n/.test(text) ? ['a line break'] : []),
    ...(/\.$/.test(text) ? ['a final period'] : []),
    ...(/^[A-Z][a-z]/.test(text) ? ['an upper-case start'] : []),
    ...(/object Object|\bundefined\b/.test(plain)
      ? ['a value without a form']
      : []),
    ...(/`/.test(plain.replaceAll('``', '')) ? ['an odd backtick'] : []),
    ...own.map((name) => `our own name ${name}`),
  ]
}

function readTypeNames(): readonly string[] {
  const folder = join(root, 'src/contract')
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    const types = text.matchAll(/^export (?:interface|type) (\w+)/gm)
    return [...types].map(([, name]) => name as string)
  })
}

// What each form of a report makes of its texts: for people, for GitHub's log,
// for a comment on a pull request.

import fc from 'fast-check'
import t from 'tap'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { md } from '../../src/diagnostics/render/escape.ts'
import {
  describeVerdict,
  finding,
  makeReport,
} from '../../src/diagnostics/report.ts'
import {
  renderGithub,
  renderHuman,
  renderJson,
  renderMarkdown,
  renderSarif,
} from '../harness/renderers.ts'
import { readSarif } from '../harness/sarif.ts'

// The same cases on every run; a new seed is for those who look for faults.
fc.configureGlobal({ seed: 20261124 })

const RENDERERS = { renderJson, renderGithub, renderSarif, renderMarkdown }

const at = (file: string, line: number, column = 1, end = column + 3) => ({
  at: { file, start: { line, column }, end: { line, column: end } },
})
const reportOf = (...found: Diagnostic[]) => makeReport('check', found)

t.test('GitHub: ten of a kind, the rest in a group', (t) => {
  const many = (code: 'GW3001' | 'GW4011' | 'GW8012', n: number) =>
    Array.from({ length: n }, (_, line) =>
      finding(code, `/x/${line}`, `m${line}`, at('a.ts', line + 1)),
    )
  const report = reportOf(
    ...many('GW3001', 12),
    ...many('GW4011', 10),
    ...many('GW8012', 11),
  )
  const text = renderGithub(report)
  const count = (pattern: RegExp) => (text.match(pattern) ?? []).length
  t.equal(count(/^::error /gm), 10)
  t.equal(count(/^::warning /gm), 10)
  t.equal(count(/^::notice /gm), 10)
  const [, group = ''] =
    /^::group::3 more findings\n([\s\S]+?)^::endgroup/m.exec(text) ?? ['', '']
  t.match(group, 'a.ts:12:1 error GW3001 m11\n')
  t.equal(group.trim().split('\n').length, 3)
  t.match(text, /\n12 errors, 10 warnings in 1 file\. Not OK\.\n$/)
  t.end()
})

t.test('GitHub: nothing that a config says is a command', (t) => {
  const bad = finding('GW3001', '', '100%,\r\n::set-env name=a::b', {
    ...at('a,b:c%.ts', 1),
    help: 'x\n::error::y',
  })
  const [first = '', last] = renderGithub(reportOf(bad)).trimEnd().split('\n')
  t.equal(
    first,
    '::error file=a%2Cb%3Ac%25.ts,line=1,col=1,endLine=1,endColumn=4,' +
      'title=GW3001 unknown server::100%25,\ufffd\ufffd::set-env name=a::b' +
      '%0Ahelp: x\ufffd::error::y',
  )
  t.match(last, /^1 error/)
  const plain = Array.from({ length: 11 }, (_, line) =>
    finding('GW3001', '', `##[add-mask]${line}`, at('::stop::x', line + 1)),
  )
  const tail = renderGithub(reportOf(...plain)).split('::group::')[1] ?? ''
  t.match(tail, '#\ufffd[add-mask]10')
  t.notMatch(tail, /##\[|^::stop/m)
  t.end()
})

t.test('what has no place is anchored at the config', (t) => {
  const report = reportOf(finding('GW1006', '', 'no default export'))
  const options = { base: 'ops', config: 'gateway.config.mts' }
  t.match(renderGithub(report, options), 'file=ops/gateway.config.mts,line=1,')
  t.match(renderGithub(report), 'file=gateway.config.ts,line=1,')
  const { results } = readSarif(renderSarif(report, options))
  t.match(results[0]?.locations[0]?.physicalLocation, {
    artifactLocation: { uri: 'ops/gateway.config.mts' },
    region: { startLine: 1 },
  })
  t.match(renderMarkdown(report, options), '`ops/gateway.config.mts:1:1`')
  const json = JSON.parse(renderJson(report, options))
  t.notOk('at' in json.diagnostics[0], 'a program is told that there is none')
  t.match(renderHuman(report), /^GW1006 {2}no default export\n/)
  t.end()
})

/** The line without its code spans, as CommonMark reads them. */
function outsideCode(line: string): string {
  const runs = [...line.matchAll(/`+/g)]
  let rest = ''
  let from = 0
  for (let index = 0; index < runs.length; index++) {
    const open = runs[index] as RegExpExecArray
    const close = runs.findIndex(
      (one, other) => other > index && one[0].length === open[0].length,
    )
    if (close === -1) continue
    rest += line.slice(from, open.index)
    const end = runs[close] as RegExpExecArray
    from = end.index + end[0].length
    index = close
  }
  return rest + line.slice(from)
}

const HOSTILE = [
  'a | b \\| c `d|e` `f\\|',
  '<img src=x onerror=y> `<b>` &lt;',
  '@team please @octo/team `@x`',
  'see https://evil.example www.evil.example mailto:a@b.c GH-1 #12',
  '[x](https://evil.example) ![y](z) <!-- gateway check --> *a* _b_ ~c~ :x:',
  '```\n| x | y | z |\n\n# head',
  '`',
  '``a` ```',
]

/** Lines that say more than text: cells too many, tags, links, references. */
function findEscapes(text: string): readonly string[] {
  const found = finding('GW3001', text, text, {
    ...at(`x${text.slice(0, 9)}`, 1),
    help: `Help ${text}`,
    notes: [{ message: text }],
  })
  const lines = renderMarkdown(reportOf(found)).trimEnd().split('\n')
  const bare = lines.map((line) => outsideCode(line).replaceAll('&#124;', ''))
  // A table takes its cells apart before it knows of code.
  const row = /^\| [^|]*\| GW3001 \| [^|]*\|$/
  const sign = /[`<>@#[\]*_~\\&]|:\/\/|www\.|gh-\d|:\w/i
  return [
    ...(lines.length === 14 ? [] : lines),
    ...lines.slice(5, 6).filter((line) => !row.test(line)),
    ...[5, 9, 10, 11]
      .flatMap((index) => bare[index] ?? [])
      .filter((line) => sign.test(line)),
  ]
}

t.test('Markdown: what a config says stays text in its cell', (t) => {
  for (const text of HOSTILE) t.same(findEscapes(text), [], text)
  const unit = fc.constantFrom(...'`|\\<@#a \n\r\u2028:[]*_w.gh-1/&')
  const texts = fc.string({ unit, maxLength: 40 })
  t.doesNotThrow(() => {
    fc.assert(fc.property(texts, (text) => findEscapes(text).length === 0))
  })
  t.end()
})

t.test('Markdown: marker, headline, and never too long to post', (t) => {
  const found = Array.from({ length: 300 }, (_, line) => {
    const text = '`x|y` @a <b> '.repeat(200)
    const notes = Array.from({ length: 50 }, () => ({ message: text }))
    return finding('GW3001', `/${line}`, text, {
      ...at('a.ts', line + 1),
      help: text,
      notes,
    })
  })
  const text = renderMarkdown(reportOf(...found))
  t.ok(text.length < 65_536, `${text.length}`)
  t.match(text, /^And 2\d\d more findings\.$/m)
  const [marker, headline] = text.split('\n')
  t.equal(marker, '<!-- gateway check -->')
  t.equal(
    headline,
    '### gateway check: 300 errors, 0 warnings in 1 file. Not OK.',
  )
  t.end()
})

t.test('people: the label at the mark, the fix, the count of files', (t) => {
  const fix = { title: 'write `github`', edits: [] }
  const found = {
    ...finding('GW3001', '/x', 'unknown server `githb`', {
      at: {
        file: 'roles.ts',
        start: { line: 2, column: 3 },
        end: { line: 2, column: 8 },
      },
      label: 'not among the 2 servers',
      help: 'did you mean `github`?',
      notes: [{ message: 'declared here', ...at('servers.ts', 7, 5) }],
    }),
    fix,
  }
  const texts = { 'roles.ts': 'const a = {\r\n  githb: [],\r\n}' }
  t.equal(
    renderHuman(reportOf(found), { texts }),
    `roles.ts:2:3  GW3001  unknown server \`githb\`
  1 │ const a = {
  2 │   githb: [],
    ·   ──┬──
    ·     ╰ not among the 2 servers
  servers.ts:7:5  note: declared here
  help: did you mean \`github\`?  (\`gateway check --fix\` can write it)

1 error, 0 warnings in 2 files. Not OK.
`,
  )
  const info = finding('GW8012', '/y', 'later', at('other.ts', 1))
  t.match(renderHuman(reportOf(info)), '0 errors, 0 warnings. OK.')
  const remarks = ['no tests']
  t.equal(
    describeVerdict(makeReport('check', [], { remarks })),
    '0 errors, 0 warnings. OK. No tests.',
  )
  t.end()
})

t.test('people: a frame that is cut says so, and its mark still fits', (t) => {
  const long = `${'a'.repeat(80)} githb ${'b'.repeat(200)}`
  const frame = (column: number, line = long, above = 'short') => {
    const start = { line: 2, column }
    const end = { line: 2, column: column + 5 }
    const found = finding('GW3001', '/x', 'unknown', {
      at: { file: 'a.ts', start, end },
    })
    const texts = { 'a.ts': `${above}\n${line}` }
    return renderHuman(reportOf(found), { texts }).toString().split('\n')
  }
  const [, above = '', shown = '', mark = ''] = frame(82)
  t.match(above, /│ …$/, 'nothing of it is to be seen there')
  t.match(shown, /│ …a+ githb b+…$/)
  t.equal(shown.length, '  2 │ '.length + 100)
  t.equal(shown.slice(mark.indexOf('─'), mark.lastIndexOf('─') + 1), 'githb')
  t.match(frame(1)[2], /│ a{80} githb b+…$/, 'its beginning is there')
  t.match(frame(281)[2], /│ …b+$/, 'its end is there')
  t.match(frame(1, 'x'.repeat(100))[2], /│ x{100}$/, 'all of it')
  t.end()
})

t.test('Markdown: a value in backticks may hold some', (t) => {
  const rows = [
    ['has no tool `a`b` in the lock', "has no tool `a'b` in the lock"],
    [
      'unknown role `x`; did you mean `y`?',
      'unknown role `x`; did you mean `y`?',
    ],
    ['(`a`, `b``c`)', "`(` `a`, `b''c` `)`"],
    ['an odd ` here is said', "an odd `'` here is said"],
    ['write `a: { b: 1 }` now', 'write `a: { b: 1 }` now'],
  ] as const
  for (const [text, written] of rows) {
    t.equal(md`${text}`.toString(), written)
  }
  t.end()
})

t.test('no form repeats a credential, nor a sign that is not seen', (t) => {
  const secret = `ghp_${'a1B2'.repeat(9)}`
  const evil = `${secret} \x1b[2J\x07\u202e\u200b\u2028\u{e0041}\ud800`
  const found = finding('GW3001', `/${evil}`, evil, {
    ...at(`${evil}.ts`, 1),
    label: evil,
    help: evil,
    notes: [{ message: evil, pointer: `/${evil}`, ...at(evil, 1) }],
  })
  const texts = { [`${evil}.ts`]: evil }
  const report = reportOf(found)
  const all = Object.values(RENDERERS).map((render) => render(report))
  for (const text of [...all, renderHuman(report, { texts })]) {
    t.notOk(text.includes(secret))
    t.notMatch(text, /[\p{Cf}\p{Cs}\u2028]|[^\P{Cc}\n]/u)
    t.notMatch(text, /\\u(?:001b|202e|200b|2028)/i, 'nor spelled out')
  }
  t.end()
})

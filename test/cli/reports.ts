// One report in several forms: that they agree, keep to their schemas, and go
// where they should. What each form makes of its texts is in test/cli/forms.ts.

import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t, { type Test } from 'tap'
import { compile } from '../../src/compile.ts'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { CODES } from '../../src/diagnostics/codes.ts'
import {
  describeVerdict,
  finding,
  makeReport,
} from '../../src/diagnostics/report.ts'
import { gateway, makeFolder, runHere } from '../harness/gateway.ts'
import {
  renderGithub,
  renderHuman,
  renderJson,
  renderMarkdown,
  renderSarif,
} from '../harness/renderers.ts'
import { readSarif } from '../harness/sarif.ts'

/** From dist/test, where this file runs. */
const root = join(import.meta.dirname, '../../..')
const golden = join(root, 'test/golden')
const now = Date.UTC(2026, 10, 22)

/** Notes, fixes, no place, warnings, infos, secrets, no config at all. */
const CASES = [
  'fixable',
  'tokens-records',
  'two-configs',
  'not-yet-in-force',
  'credential-literal',
  'no-config',
]

const schema = JSON.parse(
  readFileSync(join(root, 'schema/report.schema.json'), 'utf8'),
)
const ajv = new Ajv2020({ allErrors: true })
const isReport = ajv.compile(schema)

const at = (file: string, line: number, column = 1, end = column + 3) => ({
  at: { file, start: { line, column }, end: { line, column: end } },
})
const reportOf = (...found: Diagnostic[]) => makeReport('check', found)

async function check(name: string) {
  const compiled = await compile({ cwd: join(golden, name), now })
  const { artefact, diagnostics, unanswerable, sources } = compiled
  const digest = artefact?.digest
  const report = makeReport('check', diagnostics, { digest, unanswerable })
  return { report, options: { base: 'ops/gate', config: sources.config } }
}

t.test(
  'the forms agree on every case, and keep to their schemas',
  async (t) => {
    for (const name of CASES) {
      const { report, options } = await check(name)
      const { diagnostics, exit } = report
      const json = JSON.parse(renderJson(report, options))
      t.ok(isReport(json), `${name}: ${ajv.errorsText(isReport.errors)}`)
      t.equal(json.exit, exit)
      t.equal(json.diagnostics.length, diagnostics.length)

      const run = readSarif(
        renderSarif(report, { ...options, version: '1.2.3' }),
      )
      t.same(run.invocations, [
        { executionSuccessful: exit !== 2, exitCode: exit },
      ])
      t.equal(run.results.length, diagnostics.length, 'none is dropped')
      for (const { ruleId, ruleIndex } of run.results) {
        t.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId)
      }

      const lines = renderGithub(report, options).trimEnd().split('\n')
      t.equal(lines.at(-1), describeVerdict(report), 'the verdict comes last')
      const told = lines.filter((line) => /\bGW\d{4} /.test(line))
      t.equal(told.length, diagnostics.length)

      const rows = renderMarkdown(report, options).match(/^\| `.*GW/gm) ?? []
      t.equal(rows.length, diagnostics.length)
    }
  },
)

t.test('the schema knows every code, and refuses others', async (t) => {
  t.strictSame(schema.$defs.code.enum, Object.keys(CODES))
  const { report } = await check('fixable')
  const json = JSON.parse(renderJson(report))
  t.ok(isReport(json))
  json.diagnostics[0].code = 'GW9999'
  t.notOk(isReport(json))
})

t.test('places are told from the top of the repository', async (t) => {
  const { report, options } = await check('fixable')
  const [json] = JSON.parse(renderJson(report, options)).diagnostics
  t.equal(json.at.file, 'ops/gate/gateway.config.ts')
  t.equal(json.fix.edits[0].at.file, 'ops/gate/gateway.config.ts')
  t.match(
    renderGithub(report, options),
    /^::error file=ops\/gate\/gateway\.config\.ts,line=5,col=19,endLine=5,endColumn=25,title=GW2003 wrong type::/,
  )
  const up = reportOf(finding('GW3001', '', 'x', at('../shared/a b#.ts', 2)))
  const { results } = readSarif(renderSarif(up, options))
  t.same(results[0]?.locations[0]?.physicalLocation, {
    artifactLocation: {
      uri: 'ops/shared/a%20b%23.ts',
      uriBaseId: '%SRCROOT%',
    },
    region: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 4 },
  })
  t.match(renderHuman(up, { base: '..' }), '../../shared/a b#.ts:2:1')
})

t.test('SARIF: notes are related places, fixes are replacements', async (t) => {
  const { report } = await check('fixable')
  const { results } = readSarif(renderSarif(report))
  const server = results.find(({ ruleId }) => ruleId === 'GW3001')
  t.match(server?.relatedLocations, [
    {
      physicalLocation: { region: { startLine: 7 } },
      message: { text: '`github` is declared here' },
    },
  ])
  t.match(server?.fixes?.[0]?.artifactChanges[0], {
    artifactLocation: { uri: 'gateway.config.ts' },
    replacements: [
      {
        deletedRegion: { startLine: 23, startColumn: 16, endColumn: 21 },
        insertedContent: { text: 'github' },
      },
    ],
  })
})

t.test('SARIF: a finding is known again when lines move', (t) => {
  const prints = (...found: Diagnostic[]) =>
    readSarif(renderSarif(reportOf(...found))).results.map(
      ({ message, partialFingerprints }) =>
        `${message.text} ${Object.values(partialFingerprints)}`,
    )
  const found = (line: number) => [
    finding('GW2002', '/tokens/grants/a', 'a', at('x.ts', line)),
    finding('GW2002', '/tokens/grants/a', 'b', at('x.ts', line)),
    finding('GW2002', '/tokens/grants/b', 'c', at('x.ts', line + 1)),
    finding('GW2001', '/tokens/grants/a', 'd', at('x.ts', line)),
  ]
  const before = prints(...found(3))
  const swapped = found(90)
  t.same(
    new Set(prints(...swapped.reverse())),
    new Set(before),
    'places and order have no say',
  )
  const bare = before.map((one) => one.split(' ').at(-1))
  t.equal(new Set(bare).size, 4, 'each has its own')
  t.end()
})

/** As a team has it: a config in a folder of a repository. */
function makeRepository(t: Test) {
  const top = makeFolder(t)
  mkdirSync(join(top, '.git'))
  cpSync(join(golden, 'misspelt-server'), join(top, 'ops'), { recursive: true })
  return top
}

t.test('one run, a form on the screen and others in files', async (t) => {
  const cwd = makeRepository(t)
  writeFileSync(join(cwd, 'old.md'), 'old')
  chmodSync(join(cwd, 'old.md'), 0o666)
  const run = await gateway(
    'check --cwd ops --report sarif=new.sarif --report human --report markdown=old.md'.split(
      ' ',
    ),
    { cwd },
  )
  t.equal(run.code, 1)
  t.equal(run.stderr, '')
  t.match(run.stdout, /^ops\/gateway\.config\.ts:9:24 {2}GW3001/)
  const { results } = readSarif(readFileSync(join(cwd, 'new.sarif'), 'utf8'))
  t.match(results[0]?.locations[0]?.physicalLocation, {
    artifactLocation: { uri: 'ops/gateway.config.ts' },
  })
  t.match(readFileSync(join(cwd, 'old.md'), 'utf8'), '`ops/gateway.config.ts:9')
  t.equal(statSync(join(cwd, 'old.md')).mode & 0o777, 0o666, 'keeps its mode')
  t.same(readdirSync(cwd).sort(), ['.git', 'new.sarif', 'old.md', 'ops'])

  const inside = await runHere(['check', '--report', 'github'], {
    cwd: join(cwd, 'ops'),
  })
  t.match(inside.stdout, '::error file=ops/gateway.config.ts,line=9,')
  const quiet = await runHere(['check', '--report', 'json=/dev/null'], {
    cwd: join(cwd, 'ops'),
  })
  t.equal(quiet.code, 1)
  t.equal(quiet.stdout, '')
  t.equal(quiet.stderr, '1 error, 0 warnings in 1 file. Not OK.\n')
  t.ok(statSync('/dev/null').isCharacterDevice(), 'written to, not replaced')
})

t.test('a report that cannot be written: 2, and nothing is', async (t) => {
  const cwd = makeRepository(t)
  const config = readFileSync(join(cwd, 'ops/gateway.config.ts'), 'utf8')
  for (const [args, said] of [
    [
      ['json=a.json', 'sarif=no/such', 'human'],
      /cannot write no\/such: ENOENT/,
    ],
    [['json=a.json', 'sarif=ops'], /cannot write ops: it is a folder/],
    [['json=a.json', 'sarif=./a.json'], /two reports would be written to/],
    [['json=ops/gateway.config.ts'], /is a source of the config/],
    [['json', 'human'], /Only one report can go to stdout: write human=FILE/],
    [['json='], /No file is named after the `=`/],
    [['sarfi=a'], /No such form\. did you mean `sarif`\?/],
  ] as const) {
    const flags = args.flatMap((one) => ['--report', one])
    const { code, stdout, stderr } = await runHere(
      ['check', '--cwd', 'ops', ...flags],
      { cwd },
    )
    t.equal(code, 2, args.join(' '))
    // A program that asked for JSON gets why there is no report.
    const asked = (args as readonly string[]).includes('json')
    t.match(stdout, asked ? /^\{.*"problems":\[\{/ : /^$/, args.join(' '))
    t.match(stderr, said)
    t.same(readdirSync(cwd).sort(), ['.git', 'ops'], args.join(' '))
  }
  t.equal(readFileSync(join(cwd, 'ops/gateway.config.ts'), 'utf8'), config)
})

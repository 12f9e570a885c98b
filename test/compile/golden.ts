// Golden cases: every finding with its place and its way out.
// They stand in test/golden/<case>/, each with what must be found in
// expect.json; `UPDATE_GOLDEN=1 node dist/test/compile/golden.js` writes them anew.
// Covers src/check, src/link, src/diagnostics.

import { join } from 'node:path'
import t from 'tap'
import { coverArtefact } from '../../src/cli/coverage.ts'
import { findUnpinned } from '../../src/cli/pinned.ts'
import { describeTracked } from '../../src/cli/tracked.ts'
import type { Io } from '../../src/cli/verb.ts'
import { type Compiled, compileWith } from '../../src/compile.ts'
import { CODES } from '../../src/diagnostics/codes.ts'
import { openLocator, placeFindings } from '../../src/diagnostics/locate.ts'
import { renderGithub } from '../../src/diagnostics/render/github.ts'
import { renderHuman } from '../../src/diagnostics/render/human.ts'
import { renderJson } from '../../src/diagnostics/render/json.ts'
import { renderMarkdown } from '../../src/diagnostics/render/markdown.ts'
import { renderSarif } from '../../src/diagnostics/render/sarif.ts'
import { makeReport } from '../../src/diagnostics/report.ts'
import type { Seal } from '../../src/load/evaluate.ts'
import { runSealed } from '../../src/load/sealed.ts'
import { seal } from '../harness/evaluator.ts'
import {
  golden,
  judgeFindings,
  NOW,
  nameCases,
  runCases,
} from '../harness/golden.ts'
import { openSchema } from '../harness/schema.ts'

/** test/cli/live.ts has the others. */
const NAMES = nameCases().filter((name) => !name.startsWith('live-'))
const RENDERERS = [renderJson, renderGithub, renderSarif, renderMarkdown]

/** Cases in which the child itself is the subject: each has its own. Others
 * share one. */
const OWN_CHILD =
  /loop|memory|large|exit|forever|starts|reads|depends|plain-data|throws/

/** The loop has less time than a user's: test/cli/cli.ts gives it all. */
const sealOf = (name: string): Seal => {
  if (!OWN_CHILD.test(name)) return seal
  return (bundle, time) =>
    runSealed(bundle, name === 'endless-loop' ? 500 : time)
}

async function runCase(name: string) {
  const seal = sealOf(name)
  const compiled = await compileWith(
    { cwd: join(golden, name), now: NOW },
    seal,
  )
  const found = [...compiled.diagnostics, ...findUncovered(name, compiled)]
  const codes = found.map(({ code }) => code)
  return { name, compiled, codes, ...judgeFindings(name, found) }
}

/** What `--min 50` says of the cases that are about it. */
function findUncovered(name: string, { artefact, sources }: Compiled) {
  if (!artefact || !/^(?:coverage|digest|tracked)-/.test(name)) return []
  const { findings } = name.startsWith('tracked-')
    ? { findings: describeTracked(['.env', 'gateway.key', 'a', 'b']) }
    : name.startsWith('digest-')
      ? {
          findings: findUnpinned('1'.repeat(64), '0'.repeat(64), {
            cwd: golden,
          } as Io),
        }
      : coverArtefact(artefact, 50)
  return placeFindings(findings, openLocator(sources))
}

t.test('golden cases', async (t) => {
  const seen = new Set<string>()
  const judge = openSchema('table.schema.json')
  for (const one of await runCases(NAMES, runCase)) {
    const { name, compiled, codes, found, expected } = one
    const { artefact, diagnostics, sources } = compiled
    t.strictSame(found, expected, name)
    const failed = diagnostics.some(({ severity }) => severity === 'error')
    t.equal(artefact === undefined, failed, `${name}: a table, or an error`)
    if (artefact) t.same(judge(artefact), [], `${name}: as its schema says`)
    for (const code of codes) seen.add(code)

    const report = makeReport('check', diagnostics, compiled)
    const human = renderHuman(report, { texts: sources.texts })
    const said = [human, ...RENDERERS.map((render) => render(report))].join('')
    const leaked = SECRETS.filter((secret) => said.includes(secret))
    t.strictSame(leaked, [], `${name}: no secret in any form`)
  }
  const missing = Object.keys(CODES).filter(
    (code) => !seen.has(code) && !code.startsWith('GW8'),
  )
  t.same(missing, [], 'every code has a golden case')
})

/** What test/golden/credential-literal holds. */
const SECRETS = [
  'EXAMPLEexampleEXAMPLE',
  'q8Zp2LmV0xTr',
  'hunter22',
  'api_key=abc',
  '1234567890-abcdefghij',
  'swordfish',
]

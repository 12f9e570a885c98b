// Golden cases: every finding with its place and its way out.
// They stand in test/golden/<case>/, each with what must be found in
// expect.json; `UPDATE_GOLDEN=1 node dist/test/golden.js` writes them anew.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compile } from '../src/compile.ts'
import type { Diagnostic } from '../src/contract/diagnostic.ts'
import { CODES } from '../src/diagnostics/codes.ts'
import { renderHuman } from '../src/diagnostics/render/human.ts'
import { renderJson } from '../src/diagnostics/render/json.ts'
import { makeReport } from '../src/diagnostics/report.ts'

/** From dist/test, where this file runs. */
const root = join(import.meta.dirname, '../..')
const golden = join(root, 'test/golden')
const now = Date.UTC(2026, 10, 22)

function summarize({ code, severity, at, message, help, notes }: Diagnostic) {
  const { line, column } = at?.start ?? {}
  const hidden = message.replaceAll(root, '<repo>')
  const base = { code, severity, file: at?.file, line, column }
  const said = notes.map((note) => {
    const { file, start } = note.at ?? {}
    const where = start ? `${file}:${start.line}:${start.column} ` : ''
    return where + note.message
  })
  const more = said.length === 0 ? {} : { notes: said }
  return { ...base, message: hidden, help, ...more }
}

t.test('golden cases', { timeout: 120_000 }, async (t) => {
  const seen = new Set<string>()
  for (const name of readdirSync(golden)) {
    const compiled = await compile({ cwd: join(golden, name), now })
    const { artefact, diagnostics, sources } = compiled
    const found = JSON.parse(JSON.stringify(diagnostics.map(summarize)))
    const file = join(golden, name, 'expect.json')
    if (process.env.UPDATE_GOLDEN) {
      writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
    }
    t.strictSame(found, JSON.parse(readFileSync(file, 'utf8')), name)
    const failed = diagnostics.some(({ severity }) => severity === 'error')
    t.equal(artefact === undefined, failed, `${name}: a table, or an error`)
    for (const code of diagnostics.map((one) => one.code)) seen.add(code)

    const report = makeReport('check', diagnostics, compiled)
    const human = renderHuman(report, { texts: sources.texts })
    for (const secret of SECRETS) {
      t.notOk(human.includes(secret), `${name}: no secret for people`)
      t.notOk(renderJson(report).includes(secret), `${name}: nor programs`)
    }
  }
  // Unreadable files have a test of their own; what esbuild warns of is its
  // own business.
  const others = ['GW1003', 'GW1014']
  const missing = Object.keys(CODES).filter(
    (code) => !seen.has(code) && !others.includes(code),
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

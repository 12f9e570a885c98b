// Lints: what sets their severity, and that they set nothing else.
// Each of them has golden cases of its own, test/golden/lint-*.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compile, compileWith } from '../../src/compile.ts'
import { LINT_CODES, type LintCode } from '../../src/contract/lints.ts'
import { CODES } from '../../src/diagnostics/codes.ts'
import type { Linked } from '../../src/link/context.ts'
import { runLints } from '../../src/link/lints/lint.ts'
import { seal } from '../harness/evaluator.ts'
import { makeFolder, root, runHere } from '../harness/gateway.ts'
import { SCHEMAS } from '../harness/schema.ts'

const NOW = Date.UTC(2026, 10, 22)

t.test('one list of lints, in three places', (t) => {
  const rows = Object.keys(CODES).filter((code) => code.startsWith('GW4'))
  t.strictSame(LINT_CODES, rows)
  const schema = SCHEMAS.get('gateway.schema.json')
  t.strictSame(schema?.$defs?.lintCode?.enum, LINT_CODES)
  t.end()
})

t.test('a level changes its own code alone', async (t) => {
  const golden = join(root, 'test/golden')
  const names = readdirSync(golden).filter((one) => one.startsWith('lint-'))
  const seen = new Set<string>()
  for (const linked of await Promise.all(names.map(linkCase))) {
    if (!linked) continue
    const told = runLints(linked, {}, NOW)
    for (const code of new Set(told.map(({ code }) => code as LintCode))) {
      seen.add(code)
      const others = told.filter((one) => one.code !== code)
      t.same(runLints(linked, { [code]: 'off' }, NOW), others, `${code}: off`)
      const raised = told.map((one) =>
        one.code === code ? { ...one, severity: 'error' } : one,
      )
      t.same(runLints(linked, { [code]: 'error' }, NOW), raised, code)
      t.same(runLints(linked, { [code]: 'warn' }, NOW), told, code)
    }
  }
  t.strictSame([...seen].sort(), LINT_CODES, 'each of them is seen')

  async function linkCase(name: string): Promise<Linked | undefined> {
    return (await compileWith({ cwd: join(golden, name), now: NOW }, seal))
      .linked
  }
})

t.test('severities decide whether there is a table, not which', async (t) => {
  const judge = async (lints: string) => {
    const cwd = makeFolder(t, { 'gateway.config.ts': writeConfig(lints) })
    const form = ['--report', 'json']
    const { code, stdout } = await runHere(['check', ...form], { cwd })
    const strict = await runHere(['check', '--strict'], { cwd })
    const { digest, diagnostics } = JSON.parse(stdout)
    return { exits: [code, strict.code], digest, count: diagnostics.length }
  }
  const plain = await judge('')
  t.match(plain, { exits: [0, 1], digest: /^[0-9a-f]{64}$/, count: 1 })
  const { digest } = plain
  const off = await judge("lints: { GW4001: 'off' },")
  t.strictSame(off, { exits: [0, 0], digest, count: 0 })
  const failed = await judge("lints: { GW4001: 'error' },")
  t.strictSame(failed.exits, [1, 1])
  t.notOk(failed.digest)
})

t.test('the day reaches lints, and no digest', async (t) => {
  const cwd = join(root, 'test/golden/lint-tokens-ending')
  const early = await compile({ cwd, now: Date.UTC(2026, 10, 2) })
  const late = await compile({ cwd, now: NOW })
  t.equal(early.artefact?.digest, late.artefact?.digest)
  const codes = (found: typeof early) => found.diagnostics.map((d) => d.code)
  t.strictSame(codes(late), ['GW4015', 'GW4015'])
  t.notSame(codes(early), codes(late))
})

function writeConfig(lints: string): string {
  return `import { defineGateway, http } from 'portcullis'
export default defineGateway({
  servers: { wiki: http({ url: 'https://wiki.example/mcp' }) },
  roles: { reader: { allow: { wiki: ['read'] } }, spare: {} },
  teams: { docs: { roles: ['reader'] } },
  ${lints}
})
`
}

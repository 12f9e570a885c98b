// Configs that are large, or grow when they are linked: each ends with a finding,
// after work that grows with the text alone.
// In: nothing. Out: the cases.

import assert from 'node:assert/strict'
import { checkShape, MAX_FAULTS } from '../../src/check/shape.ts'
import { compile } from '../../src/compile.ts'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { MAX_OF_ONE_CODE } from '../../src/diagnostics/bounded.ts'
import { renderHuman } from '../../src/diagnostics/render/human.ts'
import { makeReport } from '../../src/diagnostics/report.ts'
import { MAX_VALUES } from '../../src/load/size.ts'
import { plant } from '../harness/planted.ts'
import type { Owner } from '../harness/process.ts'
import type { Attack } from './case.ts'

const SERVERS = { a: { type: 'stdio', command: 'x' } }

/** Many members, each made from its number. */
function many(
  count: number,
  make: (index: number) => readonly [string, unknown],
): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => make(at)))
}

const junk = (count: number) => many(count, (at) => [`key${at}`, at])

/** Each extends the one before it. */
const chain = (count: number) =>
  many(count, (at) => [
    `r${at}`,
    { allow: { a: [`t${at}`] }, ...(at > 0 && { extends: [`r${at - 1}`] }) },
  ])

const conditions = (count: number) =>
  Array.from({ length: count }, (_, at) => [
    { tool: `t${at}`, when: { a: { equals: 1 } } },
    `*x${at}`,
  ]).flat()

/** What a config holds beside a server, the code it ends with and its pointer. */
const LARGE: Readonly<Record<string, readonly [object, string, RegExp]>> = {
  'more keys of a role than a config has values': [
    { roles: { r: junk(MAX_VALUES) } },
    'GW1017',
    /^\/roles\/r$/,
  ],
  'a long chain of roles': [
    { roles: chain(3000) },
    'GW1017',
    /^\/roles\/r\d+\/extends$/,
  ],
  'many conditions beside many patterns': [
    { roles: { r: { allow: { a: conditions(3000) } } } },
    'GW1017',
    /^\/roles$/,
  ],
  'many unknown keys': [junk(20_000), 'GW2001', /^\/key\d+$/],
  'many unknown roles': [
    { roles: many(3000, (at) => [`r${at}`, { extends: [`q${at}`] }]) },
    'GW3002',
    /^\/roles\/r\d+\/extends\/0$/,
  ],
}

async function expectBounded(
  t: Owner,
  parts: object,
  code: string,
  pointer: RegExp,
) {
  const text = JSON.stringify({ servers: SERVERS, ...parts })
  const cwd = plant(t, { 'gateway.config.json': text })
  const { diagnostics, sources, artefact } = await compile({ cwd, now: 0 })
  assert.equal(artefact, undefined)
  const found = diagnostics.filter((one) => one.code === code)
  assert.ok(found.length > 0, `no ${code}`)
  assert.ok(found.length <= MAX_OF_ONE_CODE, `${found.length} findings`)
  for (const one of found) assert.match(one.pointer, pointer)
  const report = makeReport('check', diagnostics)
  const shown = String(renderHuman(report, sources))
  // A line of megabytes is shown in part, not once for each finding.
  assert.ok(shown.length < 1000 * diagnostics.length, `${shown.length} shown`)
  const isCut = found.length === MAX_OF_ONE_CODE
  assert.equal(isCut, /and \d+ more like this/.test(shown))
}

/** What is left over is judged no more, however much it is. */
async function expectFewFaults() {
  const { config, diagnostics } = checkShape({
    servers: SERVERS,
    roles: many(MAX_FAULTS + 1, (at) => [`r${at}`, { odd: 1 }]),
  })
  assert.equal(config, undefined)
  assert.equal(diagnostics.length, MAX_FAULTS)
}

/** Roles of a size that is in use are flattened as before. */
async function expectUsual(t: Owner) {
  const roles = chain(200)
  const text = JSON.stringify({ servers: SERVERS, roles })
  const cwd = plant(t, { 'gateway.config.json': text })
  const { artefact, diagnostics } = await compile({ cwd, now: 0 })
  const errors = diagnostics.filter(isError)
  assert.deepEqual(errors, [])
  const last = artefact?.table.roles.r199?.allow.a
  assert.equal(last?.entries.length, 200)
  assert.equal(last?.rule, '/roles/r199/allow/a')
}

const isError = ({ severity }: Diagnostic) => severity === 'error'

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(LARGE).map(([name, [parts, code, pointer]]) => ({
    id: `S18 ${name}`,
    run: (t: Owner) => expectBounded(t, parts, code, pointer),
  })),
  { id: 'S18 more faults than anybody reads', run: expectFewFaults },
  { id: 'S18 a chain of roles of usual length', run: expectUsual },
]

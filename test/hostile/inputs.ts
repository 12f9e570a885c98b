// Files of a config that cost more than they hold: texts on which a pattern
// would never end, parts that multiply, code and data of millions of parts.
// In: nothing. Out: the cases.

import assert from 'node:assert/strict'
import { compile } from '../../src/compile.ts'
import { renderHuman } from '../../src/diagnostics/render/human.ts'
import { makeReport } from '../../src/diagnostics/report.ts'
import { plant } from '../harness/planted.ts'
import type { Owner } from '../harness/process.ts'
import type { Attack } from './case.ts'

type Files = Readonly<Record<string, string>>

const STDIO = { type: 'stdio', command: 'x' }

const data = (value: unknown): Files => ({
  'gateway.config.json': JSON.stringify(value),
})

const code = (text: string): Files => ({ 'gateway.config.ts': text })

const server = (parts: object) =>
  data({ servers: { a: { ...STDIO, ...parts } } })

/** Texts of half a megabyte: work that grows with their square takes hours. */
const TEXTS: Readonly<Record<string, readonly [Files, string]>> = {
  'a key of the starts of tokens': [
    data({ servers: {}, [`eyJaaaaaaaaaa_`.repeat(40_000)]: 1 }),
    'GW2001',
  ],
  'a text of the starts of tokens': [
    server({ command: 1, env: { A: 'eyJaaaaaaaaaa-'.repeat(40_000) } }),
    'GW2015',
  ],
  'a URL of letters alone': [
    data({
      servers: { a: { type: 'http', url: 'a'.repeat(500_000) } },
    }),
    'GW2010',
  ],
  'a host of colons': [
    data({
      servers: {},
      listen: { hosts: [`${':'.repeat(500_000)}x`] },
    }),
    'GW2014',
  ],
  'a flag of many secrets': [
    server({ args: [`--${'secret'.repeat(80_000)}!`, 'x'], odd: 1 }),
    'GW2001',
  ],
  'a pair of many secrets': [
    server({ args: [`--${'secret'.repeat(80_000)}!=x`], odd: 1 }),
    'GW2001',
  ],
  'a program whose path is long and ends in a slash': [
    server({ command: `${'a'.repeat(500_000)}/`, odd: 1 }),
    'GW2001',
  ],
  'a version of digits': [
    data({
      servers: {
        a: {
          ...STDIO,
          command: 'npx',
          args: [`x@1.1.${'1'.repeat(500_000)}/`],
        },
      },
    }),
    'GW4010',
  ],
  'comments behind a word that is misspelt': [
    code(
      `export default { servers: { a: { command: 'x', type: 'stdoi' ${'// '.repeat(40)}\n + '' } } }`,
    ),
    'GW2004',
  ],
  'a long word before what throws': [
    code(
      `const f = (s) => { throw new Error('no') }\nexport default ${'a'.repeat(9)}${'a'.repeat(200_000)}(f())\nfunction ${'a'.repeat(200_009)}() {}`,
    ),
    'GW1007',
  ],
}

async function expectFinding(t: Owner, files: Files, code: string) {
  const cwd = plant(t, files)
  const { artefact, diagnostics, sources } = await compile({ cwd, now: 0 })
  const shown = String(renderHuman(makeReport('check', diagnostics), sources))
  const codes = diagnostics.map((one) => one.code)
  assert.ok(codes.includes(code as never), `${codes}: ${shown.slice(0, 500)}`)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) assert.equal(artefact, undefined)
  return shown
}

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(TEXTS).map(([name, [files, code]]) => ({
    id: `S18 ${name}`,
    run: (t: Owner) => expectFinding(t, files, code),
  })),
]

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

const json = (text: string): Files => ({ 'gateway.config.json': text })
const yaml = (text: string): Files => ({ 'gateway.config.yaml': text })
const toml = (text: string): Files => ({ 'gateway.config.toml': text })

const items = (count: number) => Array(count).fill('[]').join(',')

const copies = (count: number) => Array(count).fill('*a').join(',')

/** Parts that take a thousand times their room, and the code they end with. */
const PARTS: Readonly<Record<string, readonly [Files, string]>> = {
  'JSON of many lists': [json(`{"a":[${items(600_000)}]}`), 'GW1017'],
  'YAML of many lists': [yaml(`a: [${items(300_000)}]`), 'GW1017'],
  'YAML of many lines': [yaml(`- a\n`.repeat(300_000)), 'GW1017'],
  'TOML of many lists': [toml(`a = [${items(600_000)}]`), 'GW1017'],
  'aliases of a long text': [
    yaml(`a: &a ${'x'.repeat(2 ** 20)}\nb: [${copies(1500)}]`),
    'GW1017',
  ],
  'aliases of a long key': [
    yaml(`a: &a { ? ${'x'.repeat(1000)} : 1 }\nb: [${copies(9000)}]`),
    'GW1017',
  ],
  'aliases of aliases of a long text': [
    yaml(
      `a: &b ${'x'.repeat(2 ** 16)}\nb: &a [${Array(40).fill('*b')}]\nc: [${copies(40)}]`,
    ),
    'GW1017',
  ],
  'code of many statements': [code(`let a;${'a;'.repeat(400_000)}`), 'GW1017'],
  'code of many statements that is searched for imports': [
    code(`// require\nlet a;${'a;'.repeat(400_000)}`),
    'GW1017',
  ],
  'comments that do not end': [code('/* '.repeat(300_000)), 'GW1004'],
  'quotes that do not end': [code(`'${"\\'".repeat(300_000)}`), 'GW1004'],
  'lines without anything': [code(`${'\n'.repeat(500_000)}x(`), 'GW1004'],
  'brackets behind a quote in a pattern': [
    code(`export default [/'/, ${'['.repeat(300_000)}, /'/]`),
    'GW1017',
  ],
}

const OWN_PACKAGE = code("import x from 'p'\nexport default { servers: {}, x }")
const manifest = (text: string): Files => ({
  ...OWN_PACKAGE,
  'node_modules/p/package.json': text,
})

/** What our own readers do not know, and the code it ends with. */
const ODD: Readonly<Record<string, readonly [Files, string]>> = {
  'a decorator where require is named': [
    code(
      '// require\nconst d: any = () => {}\n@d class A {}\nexport default { servers: {}, x: 1 }',
    ),
    'GW2001',
  ],
  'CommonJS with a `with`': [
    {
      ...code("import x from './x.cjs'\nexport default { servers: {}, x }"),
      'x.cjs':
        'const y = typeof require; with ({ a: 1 }) { module.exports = a }',
    },
    'GW1004',
  ],
  ...Object.fromEntries(
    ['7', '[]', 'null', '{}', 'true'].flatMap((value) => [
      [`main is ${value}`, [manifest(`{"main":${value}}`), 'GW1005']],
      [`exports is ${value}`, [manifest(`{"exports":${value}}`), 'GW1005']],
      [`a package that is ${value}`, [manifest(value), 'GW1005']],
    ]),
  ),
  'exports without end': [
    manifest(
      `{"exports":${'{"default":'.repeat(50_000)}1${'}'.repeat(50_001)}`,
    ),
    'GW1005',
  ],
  'a main that no path can be': [manifest('{"main":"a\\u0000"}'), 'GW1005'],
  'an import that no path can be': [code("import './a\\0b'"), 'GW1005'],
}

const IMPORTS = code(
  "import x from './roles.js'\nexport default { servers: {}, x }",
)
const X = 'export default 1'

/** Links whose end depends on more than the project. */
const LINKS: Readonly<Record<string, readonly [Files, string]>> = {
  'a link through a folder that is made later': [
    {
      ...IMPORTS,
      'data.ts': X,
      'roles.ts': X,
      '@roles.js': 'audit/../data.ts',
    },
    'GW1011',
  ],
  'a link to nothing': [
    { ...IMPORTS, 'roles.ts': X, '@roles.js': 'audit/data.ts' },
    'GW1003',
  ],
  'a link through the working directory': [
    { ...IMPORTS, 'data.ts': X, '@roles.js': '/proc/self/cwd/data.ts' },
    'GW1011',
  ],
  'a link out of the project and in again': [
    { ...IMPORTS, 'data.ts': X, '@roles.js': '../root/data.ts' },
    'GW1011',
  ],
  'a link to a link to nothing': [
    { ...IMPORTS, '@roles.js': 'b.ts', '@b.ts': 'c.ts', 'roles.ts': X },
    'GW1003',
  ],
  'a folder that links to nothing': [
    {
      ...code(
        "import x from './d/roles.js'\nexport default { servers: {}, x }",
      ),
      '@d': 'audit',
    },
    'GW1003',
  ],
  'the node_modules of another project': [
    {
      ...OWN_PACKAGE,
      '@node_modules': '../other/node_modules',
      '../other/node_modules/p/index.js': X,
    },
    'GW1011',
  ],
  'a package that links to nothing': [
    { ...OWN_PACKAGE, '@node_modules/p': '../audit' },
    'GW1003',
  ],
  'a link inside the project': [
    { ...IMPORTS, 'data.ts': X, '@roles.js': './data.ts' },
    'GW2001',
  ],
  'a package of a workspace': [
    {
      ...OWN_PACKAGE,
      '@node_modules/p': '../packages/p',
      'packages/p/index.js': X,
    },
    'GW2001',
  ],
  'a package as pnpm links it': [
    {
      ...OWN_PACKAGE,
      '@node_modules/p': '.pnpm/p@1.0.0/node_modules/p',
      'node_modules/.pnpm/p@1.0.0/node_modules/p/index.js': X,
    },
    'GW2001',
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

function row(fault: string) {
  return ([name, [files, code]]: readonly [
    string,
    readonly [Files, string],
  ]): Attack => ({
    id: `${fault} ${name}`,
    run: (t) => expectFinding(t, files, code),
  })
}

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(TEXTS).map(row('S18')),
  ...Object.entries(PARTS).map(row('S2')),
  ...Object.entries(ODD).map(row('S11')),
  ...Object.entries(LINKS).map(row('S3')),
]

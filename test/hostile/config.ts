// Configs that read, wait, take memory, look at the host or answer for
// themselves: rows of a few files and the finding that each must end with.

import assert from 'node:assert/strict'
import { compile } from '../../src/compile.ts'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { evaluateBundle } from '../../src/load/evaluate.ts'
import { plant, SECRET } from '../harness/planted.ts'
import type { Owner } from '../harness/process.ts'
import type { Attack } from './case.ts'

type Files = Readonly<Record<string, string>>

const FINE = { 'gateway.config.json': '{ "servers": {} }' }

/** What a config tries to read: its files, links and pipes (`|`), and the code
 * that it must end with. The folder is `root`; beside it stand `secret.json`,
 * `secret.txt`, `secret.ts` and `secret.map`, all with the secret. */
const READS: Readonly<Record<string, readonly [Files, string]>> = {
  'text attribute': [
    config("import s from '../secret.txt' with { type: 'text' }"),
    'GW1005',
  ],
  'text attribute of a file inside': [
    {
      ...config("import s from './note.json' with { type: 'text' }"),
      'note.json': '{}',
    },
    'GW1005',
  ],
  'bytes attribute': [
    config("import s from './a.json' with { type: 'bytes' }"),
    'GW1005',
  ],
  'JSON outside': [config("import s from '../secret.json'"), 'GW1011'],
  'code outside': [config("import s from '../secret.ts'"), 'GW1011'],
  'a text file outside': [config("import s from '../secret.txt'"), 'GW1011'],
  'an absolute path': [config("import s from '/etc/hostname'"), 'GW1011'],
  'a file URL': [config("import s from 'file:///etc/hostname'"), 'GW1005'],
  'a data URL': [config("import s from 'data:text/plain,hello'"), 'GW1005'],
  'an address': [config("import s from 'https://127.0.0.1:9/x.js'"), 'GW1005'],
  'a link to JSON outside': [
    { ...config("import s from './s.json'"), '@s.json': '../secret.json' },
    'GW1011',
  ],
  'a linked folder': [
    { ...config("import s from './d/secret.json'"), '@d': '..' },
    'GW1011',
  ],
  'a linked config': [{ '@gateway.config.ts': '../secret.ts' }, 'GW1003'],
  'a linked config of JSON': [
    { '@gateway.config.json': '../secret.json' },
    'GW1003',
  ],
  'a linked config of YAML': [
    { '@gateway.config.yaml': '../secret.txt' },
    'GW1003',
  ],
  'node_modules linked elsewhere': [
    { ...config("import s from 'pkg/secret.json'"), '@node_modules': '..' },
    'GW1011',
  ],
  'a package linked elsewhere': [
    {
      ...config("import s from 'pkg/secret.json'"),
      '@node_modules/pkg': '../..',
    },
    'GW1011',
  ],
  'exports of a package that lead out': [
    {
      ...config("import s from 'pkg'"),
      'node_modules/pkg/package.json': '{"exports": "./../../../secret.json"}',
    },
    'GW1005',
  ],
  'main of a package that leads out': [
    {
      ...config("import s from 'pkg'"),
      'node_modules/pkg/package.json': '{"main": "../../../secret.json"}',
    },
    'GW1005',
  ],
  'package.json of a package that is a pipe': [
    { ...config("import s from 'pkg'"), '|node_modules/pkg/package.json': '' },
    'GW1003',
  ],
  'a pipe': [
    { ...config("import s from './p.json'"), '|p.json': '' },
    'GW1003',
  ],
  'a device': [
    { ...config("import s from './z.ts'"), '@z.ts': '/dev/zero' },
    'GW1011',
  ],
  'a config that is a device': [
    { '@gateway.config.ts': '/dev/zero' },
    'GW1003',
  ],
  'another ending': [
    { ...config("import s from './a.txt'"), 'a.txt': 'x' },
    'GW1005',
  ],
  'an environment file': [
    { ...config("import s from './.env'"), '.env': 'A=1' },
    'GW1005',
  ],
  'a path put together': [
    config('const n = "x"\nconst s = await import("../" + n + ".json")'),
    'GW1011',
  ],
  'a require put together': [
    config('const n = "x"\nconst s = require("../" + n + ".json")'),
    'GW1011',
  ],
  'a require in another spelling': [
    config('const n = "x"\nconst s = r\\u0065quire("../" + n + ".json")'),
    'GW1011',
  ],
  'an import with a comment in it': [
    config('const n = "x"\nconst s = await import/**/("../" + n)'),
    'GW1011',
  ],
  'node:fs': [config("import { readFileSync as s } from 'node:fs'"), 'GW1011'],
  'fs by require': [config("const s = require('fs')"), 'GW1011'],
  'node:inspector, later': [
    config("const s = await import('node:inspector')"),
    'GW1011',
  ],
  'more than 16 MiB': [
    {
      ...config("import s from './big.json'"),
      'big.json': `"${'x'.repeat(17 * 2 ** 20)}"`,
    },
    'GW1017',
  ],
  'nesting without end': [
    {
      ...config("import s from './deep.ts'"),
      'deep.ts': `export default ${'!'.repeat(300_000)}1`,
    },
    'GW1017',
  ],
  'a tokens file outside': [
    {
      'gateway.config.ts':
        "export default { servers: {}, tokens: { file: '../secret.txt' } }",
    },
    'GW1003',
  ],
  'a tokens file that is a pipe': [
    { ...FINE, '|gateway.tokens.toml': '' },
    'GW1003',
  ],
  'a lock that is a pipe': [{ ...FINE, '|gateway.lock.json': '' }, 'GW1003'],
  'a lock that is a device': [
    { ...FINE, '@gateway.lock.json': '/dev/zero' },
    'GW1003',
  ],
  'a linked lock': [
    { ...FINE, '@gateway.lock.json': '../secret.txt' },
    'GW1003',
  ],
  'a config of JSON that is a pipe': [{ '|gateway.config.json': '' }, 'GW1003'],
  'nesting behind commas in comments': [
    {
      ...config("import s from './deep.ts'"),
      'deep.ts': `export default ${'!/*,*/'.repeat(300_000)}1`,
    },
    'GW1017',
  ],
}

/** A config that uses whatever it could import as `s`. */
function config(head: string): Files {
  return {
    'gateway.config.ts': `${head}\nexport default { servers: {}, key: s }`,
  }
}

/** What a config runs, and what must come of it. */
const RUNS: Readonly<Record<string, readonly [string, string]>> = {
  'a loop': ['for (;;);', 'GW1008'],
  'a loop of promises': [
    'const f = () => Promise.resolve().then(f)\nawait f()',
    'GW1008',
  ],
  'a regular expression': ["/^(a+)+$/.test('a'.repeat(60) + 'b')", 'GW1008'],
  'native code': [
    'Array.prototype.indexOf.call({ length: 2 ** 53 }, 1)',
    'GW1008',
  ],
  'an await without end': ['await new Promise(() => {})', 'GW1008'],
  buffers: ['for (const a = [];;) a.push(new ArrayBuffer(1e7))', 'GW1010'],
  powers: ['let x = 3n\nfor (;;) x = x ** 3n', 'GW1007'],
  recursion: ['const f = () => f() + 1\nf()', 'GW1007'],
  'recursion of a parser': ["eval('!'.repeat(1e6))", 'GW1007'],
  'an error that cannot be read': [
    'throw new Proxy(new Error(), { getPrototypeOf() { for (;;); } })',
    'GW1008',
  ],
}

/** What an export is, and what must come of it; `toJSON` and the like never
 * run. */
const EXPORTS: Readonly<Record<string, readonly [string, string]>> = {
  'a tree that doubles': [
    'let t = [1]\nfor (let i = 0; i < 60; i++) t = [t, t]\nexport default t',
    'GW1017',
  ],
  'a proxy without end': [
    'const p = () => new Proxy({}, { ownKeys: () => ["a"], ' +
      'getOwnPropertyDescriptor: () => ' +
      '({ value: p(), enumerable: true, configurable: true }) })\n' +
      'export default p()',
    'GW1012',
  ],
  'a proxy that throws': [
    'export default new Proxy({}, { ownKeys() { throw new Error("no") } })',
    'GW1007',
  ],
  'an error whose text is endless': [
    'const e = new Error()\n' +
      'Object.defineProperty(e, "message", { get: () => "x".repeat(2 ** 28) })\n' +
      'throw e\nexport default 1',
    'GW1007',
  ],
}

/** Expressions that would show the host; each must be `undefined`. */
const HOST = [
  ...['process', 'require', 'Buffer', 'fetch', 'setTimeout', 'setInterval'],
  ...['setImmediate', 'queueMicrotask', 'Intl', 'performance', 'WebAssembly'],
  ...[
    'Worker',
    'Atomics',
    'navigator',
    'crypto',
    'module',
    '__filename',
    'std',
  ],
  ...['os', 'bjson', 'scriptArgs', 'print', 'gc', 'Deno', 'Bun', 'global'],
]

/** What the machine could tell: the same here and anywhere, at any time. */
const OF_THE_WORLD = [
  'new Error().stack.replaceAll(/\\d/g, "")',
  '(1234.5).toLocaleString()',
  '"ä".localeCompare("z")',
  'Object.keys(import.meta).join()',
  'Function("return typeof this.process")()',
  '(async () => {}).constructor("return typeof process")() + ""',
  'Object.getOwnPropertyNames(globalThis).length',
]

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(READS).map(([name, [files, code]]) => ({
    id: `S2 ${name}`,
    run: (t: Owner) => expectRefused(t, files, code),
  })),
  { id: 'S2 maps of inputs', run: expectNoMap },
  ...Object.entries(RUNS).map(([name, [text, code]]) => ({
    id: `S11 ${name} in a config`,
    // What must end by itself has long enough for a busy machine.
    run: () => {
      const ms = code === 'GW1008' ? 100 : 1_500
      return expectCode(`${text}\nexport default {}`, code, ms)
    },
  })),
  ...Object.entries(EXPORTS).map(([name, [text, code]]) => ({
    id: `S3 ${name}`,
    run: () => expectCode(text, code),
  })),
  { id: 'S1 the host, as a config sees it', run: expectNoHost },
  { id: 'S3 intrinsics replaced by the config', run: expectOwnIntrinsics },
  { id: 'S3 one answer at any time and place', run: expectOneWorld },
  { id: 'S11 files beside the config that never end', run: expectNoWait },
]

async function expectRefused(t: Owner, files: Files, code: string) {
  const cwd = plant(t, files)
  const compiled = await compile({ cwd, now: 0 })
  const { diagnostics, sources } = compiled
  const said = JSON.stringify([diagnostics, sources.bundle ?? ''])
  assert.ok(
    diagnostics.some((one) => one.code === code && isPlaced(one)),
    `${code} with a place: ${said.slice(0, 2000)}`,
  )
  assert.ok(!JSON.stringify(compiled).includes(SECRET), 'nothing was read')
  assert.equal(compiled.artefact, undefined)
}

/** What is no config at all is named by its path. */
function isPlaced({ at, message }: Diagnostic): boolean {
  return at !== undefined || message.includes('gateway.config')
}

/** Maps are not followed: neither the secret nor another place arrives. */
async function expectNoMap(t: Owner) {
  for (const form of ['//#', '//@', '/*#']) {
    const text = `export default { servers: {}, nope: 1 } ${form} sourceMappingURL=../secret.map */`
    const cwd = plant(t, {
      'gateway.config.ts': text.replace(form === '/*#' ? /$^/ : / \*\/$/, ''),
    })
    const compiled = await compile({ cwd, now: 0 })
    assert.ok(!JSON.stringify(compiled).includes(SECRET), form)
    const [first] = compiled.diagnostics
    assert.equal(first?.at?.file, 'gateway.config.ts', form)
  }
}

/** `time`: what is endless shows it at once. */
async function expectCode(code: string, expected: string, time?: number) {
  const bundle = { code, map: EMPTY_MAP }
  const { diagnostics } = await evaluateBundle(bundle, {}, time)
  assert.deepEqual(
    diagnostics.map((one) => one.code),
    [expected],
  )
}

const EMPTY_MAP = '{"version":3,"sources":[],"sourcesContent":[],"mappings":""}'

async function evaluate(code: string): Promise<unknown> {
  const { value, diagnostics } = await evaluateBundle(
    { code, map: EMPTY_MAP },
    {},
  )
  assert.deepEqual(diagnostics, [])
  return value
}

async function expectNoHost() {
  const types = HOST.map((name) => `typeof ${name}`).join(', ')
  const value = await evaluate(`export default [${types}]`)
  assert.deepEqual(
    value,
    HOST.map(() => 'undefined'),
  )
}

/** Whatever a config replaces, its export is judged by others. */
async function expectOwnIntrinsics() {
  const value = await evaluate(`
    const value = { list: [1, { a: 'b' }], text: 'c', none: null }
    JSON.stringify = () => '{"value":"forged"}'
    JSON.parse = () => 'forged'
    Object.getPrototypeOf = Object.keys = Reflect.ownKeys = () => []
    Object.getOwnPropertyDescriptor = () => ({ value: 'forged' })
    Object.prototype.toJSON = String.prototype.toJSON = () => 'forged'
    Array.prototype.includes = Array.prototype.push = () => true
    Array.prototype.join = String.prototype.replaceAll = () => 'forged'
    Array.prototype[Symbol.iterator] = function* () { yield 'forged' }
    const plain = (value) => ({ __proto__: null, value })
    Object.defineProperty(Object.prototype, 'get', plain('forged'))
    Object.defineProperty(Object.prototype, 'value', plain('forged'))
    Error.prepareStackTrace = () => 'forged'
    globalThis.Object = globalThis.Array = globalThis.JSON = undefined
    export default value`)
  assert.deepEqual(value, { list: [1, { a: 'b' }], text: 'c', none: null })
}

async function expectOneWorld() {
  const code = `export default [${OF_THE_WORLD.join(', ')}]`
  const before = await evaluate(code)
  const { TZ, LANG } = process.env
  Object.assign(process.env, { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8' })
  try {
    assert.deepEqual(await evaluate(code), before)
  } finally {
    for (const [name, value] of Object.entries({ TZ, LANG })) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  for (const world of [
    'Date.now()',
    'new Date().getFullYear()',
    'new Date().getTimezoneOffset()',
    'new Date(2020, 1, 1).toISOString()',
    'Math.random() < 0.5',
    'globalThis.due ??= Date.now() > 1e12',
  ]) {
    await expectCode(`export default { at: ${world} }`, 'GW1013')
  }
}

/** Neither the bundler nor the search for a config reads these. */
async function expectNoWait(t: Owner) {
  const cwd = plant(t, {
    'gateway.config.ts': 'export default { servers: {} }',
    '|tsconfig.json': '',
    '|package.json': '',
    '|../package.json': '',
    '|../tsconfig.json': '',
  })
  const { artefact, diagnostics } = await compile({ cwd, now: 0 })
  assert.ok(artefact, JSON.stringify(diagnostics))
}

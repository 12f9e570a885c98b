// Holds the sources to the architecture, and every rule to its own test.
// In: the files of src, test and bench. Out: tap.
// INVARIANT: each rule catches a violation planted for it, and nothing else
// in a sound tree: a rule that cannot fail guards nothing.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { RULES } from './harness/architecture.ts'
import {
  findHeadless,
  findUnnamedRooms,
  findWrongNames,
} from './harness/heads.ts'
import type { Source } from './harness/imports.ts'
import { measureLayout } from './harness/layout.ts'
import { readSources } from './harness/sources.ts'

const root = join(import.meta.dirname, '../..')

const HEAD = '// What this is.\n// In: nothing. Out: nothing.\n\n'

/** A tree that breaks no rule, with what the rules must not mistake. */
const SOUND: readonly Source[] = [
  sound(
    'src/bin.ts',
    "import { run } from './cli/run.ts'\nprocess.exit(run)\n",
  ),
  sound('src/cli/run.ts', "import { Command } from 'commander'\n"),
  sound('src/contract/table.ts', '// Not code: process.exit(1), let x\n'),
  sound(
    'src/check/values.ts',
    'export const at = (x: string) => Date.parse(x)\n' +
      'export const text = (x: number) => new Date(x).toISOString()\n' +
      'export const own = (x: { process: 1 }) => x.process\n',
  ),
  sound('src/table/digest.ts', "import { createHash } from 'node:crypto'\n"),
  sound('src/link/link.ts', "import type { C } from '../check/values.ts'\n"),
  sound('src/diagnostics/locate.ts', "import { parse } from 'acorn'\n"),
  sound(
    'src/runtime/control/serve.ts',
    "import { x } from '../../table/digest.ts'\n",
  ),
]

/** Rule → sources that break it, and it alone. */
const PLANTED: Readonly<Record<string, readonly Source[]>> = {
  zones: [sound('src/gateway/serve.ts', '')],
  layers: [
    sound('src/contract/a.ts', "import { x } from '../table/digest.ts'\n"),
    sound('src/diagnostics/a.ts', "import { x } from '../load/b.ts'\n"),
    sound('src/table/a.ts', "import type { x } from '../check/values.ts'\n"),
    sound('src/link/a.ts', "import { C } from '../check/values.ts'\n"),
    sound('src/check/a.ts', "export * from '../link/link.ts'\n"),
    sound('src/runtime/a.ts', "await import('../compile.ts')\n"),
    sound('src/runtime/b.ts', "type A = import('../cli/run.ts').A\n"),
    sound('src/runtime/c.ts', "import '../load/b.ts'\n"),
    sound('src/index.ts', "import { x } from './compile/compile.ts'\n"),
    sound('src/embed.ts', "import { x } from './cli/run.ts'\n"),
    sound('src/cli/a.ts', "import { x } from '../../test/cli.ts'\n"),
    sound('src/compile.ts', "import { x } from './runtime/control/serve.ts'\n"),
  ],
  rooms: [
    sound('src/runtime/edge/a.ts', ''),
    sound('src/runtime/base/a.ts', "import '../message/b.ts'\n"),
    sound('src/runtime/http/a.ts', "import type { A } from '../relay/b.ts'\n"),
    sound('src/runtime/audit/a.ts', "import '../message/b.ts'\n"),
    sound('src/cli/a.ts', "import '../runtime/relay/b.ts'\n"),
    sound('src/table/a.ts', "import '../runtime/base/b.ts'\n"),
  ],
  circles: [
    sound('src/check/values.ts', "import type { A } from '../link/link.ts'\n"),
    sound('src/table/digest.ts', "import '../runtime/control/serve.ts'\n"),
  ],
  functions: [
    sound('src/cli/a.ts', `export function a() {\n${'  b()\n'.repeat(59)}}\n`),
    sound(
      'src/cli/b.ts',
      `export function b(\n  c: 1,\n) {\n${'  b()\n'.repeat(57)}}\n`,
    ),
    sound(
      'src/cli/c.ts',
      `class C {\n  #d(): void {\n${'    b()\n'.repeat(59)}  }\n}\n`,
    ),
    sound('src/cli/d.ts', `const d = () => {\n${'  b()\n'.repeat(59)}}\n`),
  ],
  extensions: [sound('src/cli/a.ts', "import { x } from './run.js'\n")],
  builtins: [
    sound('src/contract/a.ts', "import type { Stats } from 'node:fs'\n"),
    sound('src/check/a.ts', "import { readFileSync } from 'node:fs'\n"),
    sound('src/check/b.ts', "import { readFileSync } from 'fs'\n"),
    sound('src/table/a.ts', "import { createHash } from 'node:crypto'\n"),
    sound('src/table/digest.ts', "import fs from 'node:fs/promises'\n"),
    sound('src/diagnostics/a.ts', "import { SourceMap } from 'node:module'\n"),
    sound('src/index.ts', "import { join } from 'node:path'\n"),
  ],
  processes: [
    sound('src/cli/a.ts', "import { execFile } from 'node:child_process'\n"),
    sound('src/load/a.ts', "const x = await import('node:child_process')\n"),
  ],
  packages: [
    sound('src/table/a.ts', "import Ajv from 'ajv/dist/2020.js'\n"),
    sound('src/runtime/a.ts', "import zod from 'zod'\n"),
    sound('src/runtime/b.ts', "import type { Sdk } from '@scope/sdk/x.js'\n"),
    sound('src/cli/a.ts', "const x = require('express')\n"),
  ],
  'lean runtime': [
    sound(
      'src/runtime/a.ts',
      "import { at } from '../diagnostics/locate.ts'\n",
    ),
  ],
  'lean start': [
    sound('src/cli/verbs/serve.ts', "import { request } from 'undici'\n"),
  ],
  purity: [
    sound('src/check/a.ts', 'export const now = () => Date.now()\n'),
    sound('src/check/b.ts', 'export const now = () => new Date()\n'),
    sound('src/link/a.ts', 'export const clock = { now: Date }\n'),
    sound('src/link/b.ts', 'export const x = () => Math.random()\n'),
    sound('src/table/a.ts', 'export const x = () => process.env.HOME\n'),
    sound('src/table/b.ts', "export const x = () => globalThis['Date']\n"),
  ],
  'module state': [
    sound(
      'src/runtime/a.ts',
      'let count = 0\nexport const x = () => count++\n',
    ),
    sound('src/runtime/b.ts', 'export let count = 0\n'),
  ],
  'default export': [sound('src/cli/a.ts', 'export default {}\n')],
  'process.exit': [
    sound('src/cli/a.ts', 'process.exit(1)\n'),
    sound('src/cli/b.ts', "process['exit'](1)\n"),
  ],
  output: [
    sound('src/cli/a.ts', "const x = new Plain('a')\n"),
    sound('src/cli/b.ts', "export const x = verbatim('a')\n"),
    sound('src/cli/c.ts', "io.stdout.write('a')\n"),
  ],
  refusals: [
    sound('src/runtime/stages/a.ts', "writeError('1', -32600, 'no')\n"),
  ],
  length: [
    sound('src/cli/a.ts', '\n'.repeat(398)),
    { path: 'test/a.ts', text: '\n'.repeat(401) },
    { path: 'bench/a.ts', text: '\n'.repeat(401) },
  ],
  names: [
    sound('src/runtime/utils.ts', ''),
    sound('src/cli/helpers/a.ts', ''),
    sound('src/contract/common.ts', ''),
    sound('src/link/name-util.ts', ''),
    sound('src/misc/a.ts', ''),
  ],
  reads: [
    sound('src/load/a.ts', "import { readFile } from 'node:fs/promises'\n"),
    sound('src/cli/a.ts', "import { statSync, openSync } from 'node:fs'\n"),
    sound('src/cli/b.ts', "import fs from 'node:fs'\n"),
  ],
  heads: [
    { path: 'src/cli/a.ts', text: 'export const x = 1\n' },
    { path: 'src/cli/b.ts', text: '#!/usr/bin/env node\n// One line.\n' },
    { path: 'src/cli/c.ts', text: '// Line.\n'.repeat(5) },
  ],
}

function sound(path: string, code: string): Source {
  return { path, text: HEAD + code }
}

t.test('the sources keep every rule', (t) => {
  const sources = ['src', 'test', 'bench'].flatMap(readSources)
  t.ok(sources.some(({ path }) => path === 'src/bin.ts'))
  t.ok(sources.some(({ path }) => path === 'test/architecture.ts'))
  for (const rule of RULES) t.strictSame(rule.find(sources), [], rule.name)
  const own = sources.filter(({ path }) => path.startsWith('src/'))
  t.ok(measureLayout(own).median <= 120, 'the median of src')
  t.end()
})

t.test('git ignores no source', (t) => {
  const paths = ['src', 'test', 'bench']
    .flatMap(readSources)
    .map(({ path }) => path)
  // Exit code 1: not one of them is ignored; 128: this is no repository.
  const { status, stdout } = spawnSync(
    'git',
    ['check-ignore', '--no-index', '--stdin'],
    { cwd: root, input: paths.join('\n'), encoding: 'utf8' },
  )
  if (status !== 128 && status !== null) t.equal(stdout, '')
  t.end()
})

t.test('a sound tree breaks no rule', (t) => {
  for (const rule of RULES) t.strictSame(rule.find(SOUND), [], rule.name)
  t.end()
})

t.test('every rule catches each violation planted for it', (t) => {
  t.strictSame(
    RULES.map(({ name }) => name),
    Object.keys(PLANTED),
  )
  for (const rule of RULES) {
    for (const planted of PLANTED[rule.name] ?? []) {
      const others = SOUND.filter(({ path }) => path !== planted.path)
      const found = rule.find([...others, planted])
      t.equal(found.length, 1, `${rule.name}: ${planted.path}`)
      t.match(found[0], planted.path)
    }
  }
  t.end()
})

/** Files that the suite runs: those of the folders of test/ that hold tests. */
const TEST =
  /^test\/(?:(?:compile|serve|upstream|audit|cli|security|connect|login)\/)?[^/]+$/

t.test('every room of src is named by the head of a test', (t) => {
  const sources = readSources('src')
  const tests = readSources('test').filter(({ path }) => TEST.test(path))
  t.ok(tests.length > 80)
  t.strictSame(findHeadless(tests), [])
  t.strictSame(findUnnamedRooms(sources, tests), [])
  t.strictSame(findWrongNames(sources, tests), [])
  t.end()
})

t.test('a room that no head names is found', (t) => {
  const sources = [sound('src/cli/run.ts', ''), sound('src/bin.ts', '')]
  const named = { path: 'test/a.ts', text: '// It.\n// Covers src/cli.\n\nx' }
  const later = { path: 'test/b.ts', text: '// It.\n\n// Covers src/bin.ts.\n' }
  const wrong = {
    path: 'test/c.ts',
    text: '// Covers src/bin.ts,\n// src/z.\n',
  }
  t.strictSame(findUnnamedRooms(sources, [named, later]), [
    'no head of a test names src/bin',
  ])
  t.strictSame(findUnnamedRooms(sources, [named, wrong]), [])
  t.strictSame(findWrongNames(sources, [named, wrong]), [
    'test/c.ts names src/z, which is no room',
  ])
  t.strictSame(findHeadless([named, { path: 'test/d.ts', text: 'x' }]), [
    'test/d.ts does not begin with a comment',
  ])
  t.end()
})

// The examples: each compiles with its own expectations and type-checks, and
// together they write every key of the language. The embedded one is run.
// Covers src/embed.ts.

import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { compile } from '../../src/compile.ts'
import { root } from '../harness/gateway.ts'
import { NOW as now } from '../harness/judge.ts'
import { listUnwritten, openSchema } from '../harness/schema.ts'
import { readRecords } from '../harness/served.ts'
import { typeCheck } from '../harness/type-check.ts'

const FILES = readdirSync(join(root, 'examples'), { recursive: true }).map(
  (path) => join('examples', String(path)),
)
const CONFIGS = FILES.filter((path) =>
  /^gateway\.([\w-]+\.)?config\.\w+$/.test(basename(path)),
)

t.test('every example compiles; together they show every key', async (t) => {
  const judge = openSchema('table.schema.json')
  const authored: unknown[] = []
  for (const path of [...CONFIGS, 'gateway.config.ts']) {
    const [cwd, config] = [join(root, dirname(path)), basename(path)]
    const options = { cwd, config, now, places: 'always' } as const
    const { artefact, diagnostics, ...compiled } = await compile(options)
    t.same(diagnostics, [], path)
    t.same(judge(artefact), [], path)
    authored.push(compiled.authored)
  }
  t.same(listUnwritten(authored), [])
})

t.test('every example type-checks', async (t) => {
  const files = [...FILES, 'gateway.config.ts']
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(root, path))
  // What a lock adds holds for a whole program: each has one of its own.
  const locked = files
    .filter((file) => basename(file) === 'gateway-env.d.ts')
    .map((file) => dirname(file) + sep)
  const plain = files.filter(
    (file) => !locked.some((folder) => file.startsWith(folder)),
  )
  t.same(typeCheck(plain), [])
  for (const folder of locked) {
    const own = files.filter((file) => file.startsWith(folder))
    t.same(typeCheck(own), [], folder)
  }
})

t.test('an environment is another file', async (t) => {
  const environments = join(root, 'examples/environments')
  const config = 'gateway.prod.config.ts'
  const usual = await compile({ cwd: environments, now })
  const other = await compile({ cwd: environments, config, now })
  const { limits = {}, roles } = other.artefact?.table ?? {}
  t.same(Object.keys(limits), ['each', 'writes-together'])
  t.same(Object.keys(usual.artefact?.table.limits ?? {}), ['each'])
  t.same(roles, usual.artefact?.table.roles, 'what is spread is the same')
})

t.test('a program that embeds a gateway', async (t) => {
  const folder = join(t.testdir(), 'embedded')
  cpSync(join(root, 'examples/embedded'), folder, { recursive: true })
  const main = join(folder, 'main.mjs')
  const node = [process.execPath, [main]] as const
  const { stdout, stderr } = await promisify(execFile)(...node)
  t.match(
    stdout,
    /^Endpoint http:\/\/127\.0\.0\.1:\d+\/mcp\nServer clock is up and lists 2 tools\nThe next table is accepted\nClosed\n$/,
  )
  t.equal(stderr, '')
  const events = readRecords(join(folder, 'audit/gateway.jsonl'))
    .map(({ notice }) => notice)
    .filter((notice) => notice !== undefined)
  t.match(events.join(' '), /^start .*accepted .*stop/)
  const flags = '--allowJs --checkJs --types node'.split(' ')
  t.same(typeCheck([join(root, 'examples/embedded/main.mjs')], flags), [])
})

t.test('portcullis/embed exports every type that it mentions', (t) => {
  const declared = readFileSync(join(root, 'src/embed.ts'), 'utf8')
  const exported = new Map<string, string>()
  for (const [, names = '', from = ''] of declared.matchAll(
    /export (?:type )?(\*|\{[^}]*\}) from '(\.[^']+)'/g,
  )) {
    const text = readFileSync(join(root, 'src', from), 'utf8')
    for (const [whole, name = ''] of text.matchAll(DECLARATION)) {
      if (names === '*' || new RegExp(`\\b${name}\\b`).test(names)) {
        exported.set(name, whole)
      }
    }
    for (const name of names.match(/\b[A-Z]\w+/g) ?? []) {
      if (!exported.has(name)) exported.set(name, '')
    }
  }
  for (const name of ['Gateway', 'Compiled', 'Artefact', 'Swap', 'Lock']) {
    t.ok(exported.get(name), name)
  }
  const missing = [...exported].flatMap(([name, text]) =>
    (
      text.replaceAll(/\/\*[\s\S]*?\*\/|'[^']*'/g, '').match(/\b[A-Z]\w+/g) ??
      []
    )
      .filter((one) => !exported.has(one) && !KNOWN.has(one))
      .filter((one) => !/^[A-Z_]+$/.test(one))
      .map((one) => `${name} mentions ${one}`),
  )
  t.same(missing, [])
  t.end()
})

const DECLARATION =
  /^export (?:interface|type) (\w+)[\s\S]*?(?:\n\}|\n(?=\n|export ))/gm

/** Of the language, or of a package. */
const KNOWN = new Set(
  'Readonly Record Omit Pick Partial Promise Buffer ReadonlySet ReadonlyMap Logger'.split(
    ' ',
  ),
)

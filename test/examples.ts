// The examples: each compiles with its own expectations and type-checks, and
// together they write every key of the language.

import { readdirSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import t from 'tap'
import { compile } from '../src/compile.ts'
import { root } from './harness/gateway.ts'
import { NOW as now } from './harness/judge.ts'
import { listUnwritten, openSchema } from './harness/schema.ts'
import { typeCheck } from './harness/type-check.ts'

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
    // One shows also what a later release acts on.
    const pending = path === 'examples/reference/gateway.config.ts'
    const codes = new Set(diagnostics.map(({ code }) => code))
    t.same([...codes], pending ? ['GW2019'] : [], path)
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

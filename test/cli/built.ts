// The built command: few files, each of which a process loads for a reason.
// In: dist/run, as `npm run build` writes it. No process is started.
// Covers test/scripts/bundle.ts and test/scripts/layers.ts.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../harness/gateway.ts'

const folder = join(root, 'dist/run')
const texts = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
)

/** What a process has loaded once it has loaded these. */
function listLoaded(...verbs: readonly string[]): readonly string[] {
  const names = [...texts.keys()]
  const loaded = new Set<string>()
  const load = (name: string) => {
    if (loaded.has(name)) return
    loaded.add(name)
    const text = texts.get(name) ?? ''
    for (const [, other = ''] of text.matchAll(IMPORT)) load(other)
  }
  load('gateway.js')
  for (const verb of ['run', ...verbs]) {
    const found = names.filter((name) => name.startsWith(`${verb}-`))
    for (const name of found) load(name)
  }
  return [...loaded]
}

const IMPORT = /^(?:\} from|import(?: .+ from)?) "\.\/(.+)";$/gm

/** As esbuild names them, above their code; some twice in one file, with what
 * they import in between. */
function listModules(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const found = (texts.get(name) ?? '').matchAll(/^\/\/ (src\/.+\.js)$/gm)
    return [...new Set([...found].map(([, module = '']) => module))]
  })
}

t.test('each module is in one file', (t) => {
  const modules = listModules([...texts.keys()])
  t.ok(modules.includes('src/runtime/pipeline.js'), 'the names are read')
  t.strictSame([...new Set(modules)].length, modules.length)
  t.end()
})

t.test('`serve` of a table is few files, of one byte a letter', (t) => {
  const loaded = listLoaded('serve')
  t.ok(listModules(loaded).includes('src/runtime/pipeline.js'))
  t.ok(loaded.length <= 10, `${loaded.length} files`)
  for (const name of loaded) {
    t.notMatch(texts.get(name), /[^\0-\xff]/, `${name}: V8 doubles its bytes`)
  }
  const late =
    /^src\/(?:check|link|load|compile)\b|^src\/runtime\/(?:routes|sign-ins)/
  const isLate = (module: string) =>
    late.test(module) && module !== 'src/load/project.js'
  t.strictSame(listModules(loaded).filter(isLate), [])
  t.end()
})

t.test('`serve` loads what signs in only for a table that needs it', (t) => {
  const folders = ['oauth', 'login', 'login-server', 'connect']
  const signsIn = new RegExp(`^src/runtime/(?:${folders.join('|')})/`)
  const first = listModules(listLoaded('serve'))
  // What the stages of a request say of a login, and of an account.
  t.strictSame(first.filter((module) => signsIn.test(module)).sort(), [
    'src/runtime/login/challenge.js',
    'src/runtime/login/logouts.js',
    'src/runtime/login/problem.js',
    'src/runtime/oauth/describe-accounts.js',
  ])
  const all = listModules(listLoaded('serve', 'sign-ins'))
  for (const folder of folders) {
    const found = all.filter((one) => one.startsWith(`src/runtime/${folder}/`))
    t.ok(found.length > 1, folder)
  }
  t.end()
})

t.test('`check` loads no part that serves requests', (t) => {
  const modules = listModules(listLoaded('check'))
  t.ok(modules.includes('src/check/check.js'))
  const serving = /^src\/runtime\/(?:http|upstream|oauth|stages|relay|login)/
  t.strictSame(
    modules.filter((module) => serving.test(module)),
    [],
  )
  t.end()
})

t.test('packages of the first kind of modules are required', (t) => {
  for (const name of listLoaded('serve')) {
    t.notMatch(texts.get(name), /from "(?:commander|pino)/, name)
  }
  t.end()
})

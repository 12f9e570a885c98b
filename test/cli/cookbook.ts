// docs/cookbook.md: each config is without a finding, for `gateway check` and
// for tsc, and each command prints what the page shows, with real gateways.
// In: the page. Out: tap.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/run.ts'
import { makeIo, root, runHere } from '../harness/gateway.ts'
import { isShown, readCommand, type Step } from '../harness/month/document.ts'
import { SECRET } from '../harness/oauth/scene.ts'
import {
  CONFIG_FILE,
  type Recipe,
  readRecipes,
  tryRecipe,
  writeRecipe,
} from '../harness/recipes.ts'
import { serveRecipe } from '../harness/served-recipe.ts'
import { typeCheck } from '../harness/type-check.ts'

const PAGE = readFileSync(join(root, 'docs/cookbook.md'), 'utf8')
const RECIPES = readRecipes(PAGE)

const SECRETS = Object.fromEntries(
  [...PAGE.matchAll(/env:(\w+_(?:TOKEN|SECRET))/g)].map(([, name]) => [
    name,
    SECRET,
  ]),
)

const STARTING = /^[\w-]+: starting\n/gm

/** What a recipe says beside its commands; by a phrase of its text. The result
 * is the address of a gateway that runs. */
const TOLD: Readonly<
  Record<string, (t: Test, folder: string) => Promise<string>>
> = {
  'calls `tracker__get_ticket` 400 times': loop,
  'The client lists three tools': listRenamed,
}

t.test('every command of every recipe', async (t) => {
  t.equal(RECIPES.length, 12)
  const told = new Set(Object.keys(TOLD))
  for (const recipe of RECIPES) {
    await t.test(recipe.title, async (t) => {
      const folder = await tryRecipe(t, recipe, listTools(recipe))
      const phrase = [...told].find((one) => recipe.text.includes(one)) ?? ''
      told.delete(phrase)
      const origin = await TOLD[phrase]?.(t, folder)
      let now = Date.now()
      for (const step of recipe.steps) {
        now += step.later * 60_000
        const { code, printed } = await type(step, folder, now, origin)
        t.equal(code, step.exit, step.line)
        const [got, meant] = [printed, step.shown].map(narrow) as [
          string,
          string,
        ]
        if (isShown(got, meant)) t.pass(step.line)
        else t.equal(got, meant, step.line)
      }
    })
  }
  t.same([...told], [])
})

t.test('every config is without a finding', async (t) => {
  const folders: string[] = []
  for (const recipe of RECIPES) {
    const cwd = writeRecipe(t, recipe)
    folders.push(cwd)
    const { code, stdout, stderr } = await runHere(['check', '--strict'], {
      cwd,
    })
    t.equal(code, 0, `${recipe.title}\n${stdout}${stderr}`)
    t.match(stdout, /^0 errors, 0 warnings/m, recipe.title)
    for (const kind of ['allow', 'deny']) {
      const [, tests = ''] = recipe.config.split(/^ {2}tests: /m)
      t.match(tests, new RegExp(`\\b${kind}: `), `${recipe.title}: ${kind}`)
    }
  }
  t.same(typeCheck(folders.map((folder) => join(folder, CONFIG_FILE))), [])
})

t.test('every recipe says the same five things', (t) => {
  for (const { title, text } of RECIPES) {
    const said = [...text.matchAll(/^\*\*([\w ]+)\.?\*\*/gm)].map(
      ([, one = '']) =>
        one.replace(/What the \w+ sees/, 'What the caller sees'),
    )
    t.same(
      said,
      ['Problem', 'What the caller sees', 'What the audit shows', 'Caveats'],
      title,
    )
  }
  const listed = [...PAGE.matchAll(/^\| \[\d+\]\(#([\w-]+)\)/gm)].map(
    ([, anchor]) => anchor,
  )
  const anchors = RECIPES.map(({ title }) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
  t.same(listed, anchors)
  t.end()
})

/** All that the recipe names with a tool: its servers offer it. */
function listTools({ config, steps }: Recipe): readonly string[] {
  const [, rules = ''] = config.split(/^ {2}roles: /m)
  const named = rules.match(/(?<=')[a-z]\w*[._]\w[\w.]*(?=')/g) ?? []
  const called = steps
    .filter(({ line }) => line.startsWith('gateway call'))
    .map(({ line }) => line.split(/[ /]/)[4] ?? '')
  return [...new Set([...named, ...called])]
}

/** An agent in a loop. */
async function loop(t: Test, folder: string): Promise<string> {
  const [, refused = ''] =
    /^(Rate limit .* Retry in) \d+ s\.$/m.exec(PAGE) ?? []
  const { ask, origin } = await serveRecipe(t, folder, SECRETS, 'platform')
  const start = performance.now()
  const texts: string[] = []
  for (let id = 0; id < 400; id++) {
    const params = { name: 'tracker__get_ticket', arguments: { id } }
    const body = await ask('tools/call', params)
    texts.push(/"text":"([^"]+)"/.exec(body)?.[1] ?? body)
  }
  const admitted = texts.filter((text) => text === 'done').length
  // Ten at once, and one more every two seconds that it took.
  const most = 10 + Math.ceil((performance.now() - start) / 2000)
  t.ok(admitted >= 10 && admitted <= most, `${admitted} of ${most}`)
  t.ok(refused.length > 0)
  for (const text of texts) {
    const isMeant = /^ [12] s\.$/.test(text.replace(refused, ''))
    if (text !== 'done' && !isMeant) t.fail(text)
  }
  return origin
}

async function listRenamed(t: Test, folder: string): Promise<string> {
  const { ask, origin } = await serveRecipe(t, folder, SECRETS, 'writers')
  const { result } = JSON.parse(await ask('tools/list'))
  const names = result.tools.map(({ name }: { name: string }) => name)
  const [, told = ''] = /three tools: ([^.]+)\./.exec(PAGE) ?? []
  const meant = [...told.matchAll(/`(\w+)`/g)].map(([, name]) => name)
  t.same(names.sort(), meant.sort())
  return origin
}

/** Both streams, as a terminal shows them; paths as the page has them. */
async function type({ line }: Step, folder: string, now: number, origin = '') {
  const { args, input } = readCommand(line)
  const there = `${folder}/srv/docs`
  const argv = args
    .slice(1)
    .map((word) =>
      word
        .replaceAll('/srv/docs', there)
        .replace('http://127.0.0.1:4600', origin),
    )
  const env = { PATH: process.env.PATH, ...SECRETS }
  const io = { ...makeIo(folder), env, now: () => now }
  io.stdin.end(input ? readFileSync(join(folder, input)) : '')
  io.stderr.pipe(io.stdout, { end: false })
  const code = await run(argv, io)
  await new Promise((resolve) => setImmediate(resolve))
  io.stdout.end()
  // Progress, which a fast machine does not print.
  const printed = (await text(io.stdout)).replaceAll(STARTING, '')
  return { code, printed: printed.replaceAll(there, '/srv/docs') }
}

/** The page writes `…` where a table has a longer cell. */
function narrow(shown: string): string {
  return shown.replaceAll(/ {2,}/g, '  ').replaceAll(/ +$/gm, '')
}

// The documents against the truth: verbs, scripts, dependencies, the example,
// the architecture.
// In: README.md, CONTRIBUTING.md, docs/architecture.md and what they speak of.
// Out: tap.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import { loadVerbs } from '../../src/cli/run.ts'
import type { Verb } from '../../src/cli/verb.ts'
import { ZONES } from '../harness/architecture.ts'
import { CLI_FILE, listVerbs, writeCli } from '../harness/cli-page.ts'
import { CLIENTS_FILE, writeClients } from '../harness/clients-page.ts'
import { judgeExample } from '../harness/examples.ts'
import { makeFolder, root, runHere } from '../harness/gateway.ts'
import { replaceImportMap } from '../harness/import-map.ts'
import { RUNTIME_ROOMS } from '../harness/layout.ts'
import { replaceRefusals } from '../harness/refusal-table.ts'
import { readSources } from '../harness/sources.ts'
import { findReplaced, readGlossary } from '../harness/words.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const readme = read('README.md')
const PAGES = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
const pkg = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

/** Cells of the rows whose first cell is code. */
function readTable(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\| `(.+?)` \|(.+)\|$/gm)].map((row) => [
    row[1] as string,
    ...(row[2] as string).split('|').map((cell) => cell.trim()),
  ])
}

function sectionOf(document: string, heading: string): string {
  const [, body = ''] = document.split(`\n## ${heading}\n`)
  return body.split('\n## ')[0] as string
}

t.test('the ten-line config is ten lines and compiles', async (t) => {
  const [, block = ''] = /```ts\n([\s\S]+?)```/.exec(readme) ?? []
  t.equal(block.trim().split('\n').length, 10)
  const cwd = makeFolder(t, { 'gateway.config.ts': block })
  const { code, stdout, stderr } = await runHere(['check', '--strict'], { cwd })
  t.equal(code, 0, stdout + stderr)
})

t.test('the split config compiles', async (t) => {
  const [, block = ''] =
    /```ts\n([\s\S]+?)```/.exec(read('docs/writing.md')) ?? []
  const [, ...parts] = block.split(/^\/\/ (\S+\.ts)\n/m)
  const files = Object.fromEntries(
    parts.flatMap((name, at) => (at % 2 ? [] : [[name, parts[at + 1] ?? '']])),
  )
  t.equal(Object.keys(files).length, 3)
  const cwd = makeFolder(t, files)
  const { code, stdout, stderr } = await runHere(['check', '--strict'], { cwd })
  t.equal(code, 0, stdout + stderr)
})

t.test('the configs of the page on deployment compile', async (t) => {
  const page = read('docs/deploy.md')
  const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
  t.equal(blocks.length, 4)
  for (const [, body = ''] of blocks) {
    const kind = { language: 'ts' as const, locked: false }
    const found = await judgeExample(t, body, kind)
    t.same(found, [], body)
  }
})

t.test('the configs of the page on sign-in compile', async (t) => {
  const blocks = [
    ...read('docs/oauth.md').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
  ]
  t.equal(blocks.length, 8)
  for (const [, language, body = ''] of blocks) {
    if (language === 'sh') {
      const cwd = t.testdir()
      execFileSync('sh', ['-c', body], { cwd })
      const key = JSON.parse(readFileSync(join(cwd, 'gw.jwk'), 'utf8'))
      t.match(key, { kty: 'EC', crv: 'P-256', kid: 'gateway-1', d: String })
      t.equal(statSync(join(cwd, 'gw.jwk')).mode & 0o777, 0o600)
      continue
    }
    t.match(language, /^(?:ts|yaml)$/)
    const kind = { language: language as 'ts' | 'yaml', locked: false }
    const found = await judgeExample(t, body, kind)
    // The page says when to lock a server to which people sign in.
    const others = found.filter((code) => code !== 'GW4025')
    t.same(others, [], body)
  }
})

t.test('the configs of the pages on the login compile', async (t) => {
  const blocks = [
    ...read('docs/login.md').matchAll(/^```ts\n([\s\S]*?)^```$/gm),
    ...read('docs/login-server.md').matchAll(/^```ts\n([\s\S]*?)^```$/gm),
  ]
  t.equal(blocks.length, 8)
  for (const [, body = ''] of blocks) {
    const kind = { language: 'ts', locked: false } as const
    const found = await judgeExample(t, body, kind)
    // The servers of the examples have one that these roles do not name.
    t.same(
      found.filter((code) => code !== 'GW4002'),
      [],
      body,
    )
  }
})

t.test(
  'the configs of the page on proxies and certificates compile',
  async (t) => {
    const page = read('docs/outward.md')
    const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    t.equal(blocks.length, 3)
    for (const [, body = ''] of blocks) {
      const kind = { language: 'ts', locked: false } as const
      t.same(await judgeExample(t, body, kind), [], body)
    }
  },
)
t.test('the configs of the page on secrets compile', async (t) => {
  const page = read('docs/secrets.md')
  const blocks = [...page.matchAll(/^```(ts|yaml)\n([\s\S]*?)^```$/gm)]
  t.equal(blocks.length, 3)
  for (const [, language, body = ''] of blocks) {
    const kind = { language: language as 'ts' | 'yaml', locked: false }
    t.same(await judgeExample(t, body, kind), [], body)
  }
})

t.test('every example is in the table, and every row is one', (t) => {
  const rows = readTable(sectionOf(read('docs/writing.md'), 'Examples'))
  const named = rows.flatMap(([first = '']) => first.split('`, `'))
  const there = readdirSync(join(root, 'examples'))
  const told = there.filter((name) => !['files', 'minimal'].includes(name))
  t.strictSame(named.sort(), told.sort())
  t.end()
})

t.test('every command that is named exists', (t) => {
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    'bench/README.md',
    ...PAGES,
  ]
    .map(read)
    .join('\n')
  for (const [, name = ''] of documents.matchAll(/npm run ([\w:]+)/g)) {
    t.ok(pkg.scripts[name], `npm run ${name}`)
  }
  for (const name of ['start', 'test']) t.ok(pkg.scripts[name], name)
  t.end()
})

t.test('every command line that is written down is one', async (t) => {
  const verbs = await loadVerbs()
  const find = (name: string, inner: string): Verb | undefined => {
    const one = verbs.find((verb) => verb.name === name)
    if (!one || !('verbs' in one)) return one
    return one.verbs.find((verb) => verb.name === inner)
  }
  const texts = ['README.md', 'SECURITY.md', ...PAGES].map(read)
  const examples = verbs
    .flatMap((one) => ('verbs' in one ? one.verbs : [one]))
    .flatMap(({ help }) => help.examples ?? [])
  // In code, inline or by lines; up to what a shell takes for itself.
  const written = texts.flatMap((text) =>
    [...text.matchAll(/(?:`|^(?:\$ )?|npx )(gateway [a-z][^`\n]*)/gm)]
      .map(([, line = '']) => line)
      .filter((line) => / [-<]|^gateway \w+$/.test(line)),
  )
  const wrong: string[] = []
  for (const line of [...examples, ...written]) {
    const [command = ''] = line.split(/ (?:[|<>#]|&&|;)/)
    const words = command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []
    const [, name = '', ...own] = words.map((word) =>
      word.replace(/^(['"])(.*)\1$/, '$2'),
    )
    const verb = find(name, own[0] ?? '')
    if (verb?.name !== name) own.shift()
    const parser = new Command(name).exitOverride()
    parser.configureOutput({ writeErr() {} }).action(() => {})
    verb?.configure(parser)
    try {
      if (!verb) throw new Error('no such verb')
      await parser.parseAsync(own, { from: 'user' })
    } catch (error) {
      const { code, message } = error as Error & { code?: string }
      // A verb that is only named, without what it needs.
      const isName = words.length === 2 && code === 'commander.missingArgument'
      if (isName || code === 'commander.helpDisplayed') continue
      wrong.push(`${line}: ${message}`)
    }
  }
  t.ok(written.length > 5, `${written.length} beside the examples of the help`)
  t.strictSame(wrong, [])
})

t.test('every dependency says why', (t) => {
  t.strictSame(
    readTable(sectionOf(read('CONTRIBUTING.md'), 'Dependencies'))
      .map(([name]) => name)
      .sort(),
    Object.keys(pkg.dependencies).sort(),
  )
  t.end()
})

const architecture = read('docs/architecture.md')

t.test('the architecture page names every zone and every room', (t) => {
  const named = (heading: string) =>
    readTable(sectionOf(architecture, heading)).map(([name]) => name)
  t.strictSame(named('Zones').sort(), Object.keys(ZONES).sort())
  t.strictSame(named('Rooms of the runtime'), RUNTIME_ROOMS)
  t.end()
})

t.test('the import map of the page is that of the rules', (t) => {
  t.ok(architecture === replaceImportMap(architecture), 'run `npm run docs`')
  t.match(architecture, /\| `index` \| contract \|/)
  const old = architecture.replace('| `index` | contract |', '')
  t.notOk(old === replaceImportMap(old), 'and a row that is gone is missed')
  t.end()
})

t.test('the refusals of the page are those of the runtime', (t) => {
  const page = read('docs/operations.md')
  t.ok(page === replaceRefusals(page), 'run `npm run docs`')
  const row = '| host | 403 |'
  t.ok(page.includes(row))
  const old = page.replace(row, '| host | 404 |')
  t.notOk(old === replaceRefusals(old), 'another status is missed')
  t.end()
})

t.test('every file and subtest that the page names exists', (t) => {
  const paths = architecture.match(
    /(?<=`)(?:src|test|schema|examples)\/[^`]+(?=`)/g,
  )
  t.ok((paths ?? []).length > 80)
  for (const path of paths ?? []) t.ok(existsSync(join(root, path)), path)
  const held = sectionOf(architecture, 'Invariants')
    .split('\n')
    .filter((line) => line.includes('`test/'))
  t.equal(held.length, 10)
  for (const line of held) {
    const [, file = '', titles = ''] = /`(test\/[\w/-]+\.ts)`: (.+) \|$/.exec(
      line,
    ) as RegExpExecArray
    for (const [, title] of titles.matchAll(/"([^"]+)"/g)) {
      t.ok(read(file).includes(`.test('${title}'`), `${file}: ${title}`)
    }
  }
  t.end()
})

t.test('the glossary is short, and identifiers keep to it', (t) => {
  const terms = readGlossary(sectionOf(read('CONTRIBUTING.md'), 'Glossary'))
  t.ok(terms.length > 40 && terms.length <= 60, `${terms.length} terms`)
  const names = terms.map(({ term }) => term.toLowerCase())
  t.strictSame(names, [...new Set(names)].sort(), 'in order, each once')
  const words = new Set(terms.flatMap(({ replaced }) => replaced))
  t.strictSame(findReplaced(readSources('src'), words), [])
  const planted = [
    '// flight',
    "import { a } from './notice-record.ts'",
    `const inFlight = \`\${b.findOwners(1)} backlog\``,
    'class Outlet { #spell = /speaker/ }',
  ].join('\n')
  t.strictSame(findReplaced([{ path: 'a.ts', text: planted }], words), [
    'a.ts: findOwners (owners)',
    'a.ts: Outlet (outlet)',
    'a.ts: #spell (spell)',
  ])
  t.end()
})

t.test('sources cite only documents that are here', (t) => {
  for (const { path, text } of ['src', 'bench'].flatMap(readSources)) {
    if (/design\s+\u00a7/.test(text)) t.fail(path)
    for (const [file] of text.matchAll(/\bdocs\/[\w-]+\.md\b/g)) {
      if (!existsSync(join(root, file))) t.fail(`${path}: ${file}`)
    }
  }
  t.end()
})

t.test('links and paths of this machine stay out', (t) => {
  const documents = ['README', 'CONTRIBUTING', 'SECURITY', 'CHANGELOG']
  const pages = ['getting-started', 'cookbook', 'writing', 'cli', 'comparison']
  for (const name of [...documents, ...pages.map((page) => `docs/${page}`)]) {
    t.notMatch(read(`${name}.md`), /\/(?:work|root|home|tmp)\//, name)
  }
  t.end()
})

t.test('docs/clients.md is what `npm run docs` writes', (t) => {
  const page = read(CLIENTS_FILE)
  t.equal(page, writeClients())
  t.end()
})

t.test(
  'docs/cli.md is what `npm run docs` writes, with every verb',
  async (t) => {
    const page = read(CLI_FILE)
    t.equal(page, await writeCli())
    for (const { name, summary } of await listVerbs()) {
      t.ok(page.includes(`| [\`gateway ${name}\`](`), name)
      t.ok(page.includes(`| ${summary} |`), summary)
      t.ok(page.includes(`\nUsage: gateway ${name} `), `help of ${name}`)
    }
  },
)

t.test('the comparison names a source for whatever it says of others', (t) => {
  const page = read('docs/comparison.md')
  const [, table = ''] = page.split('\n## By need\n')
  const rows = (table.split('\n## ')[0] as string)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
  t.ok(rows.length > 15)
  for (const row of rows) {
    const [, , , others = ''] = row.split('|')
    const claims = others.split(';').filter((one) => !one.includes('not found'))
    for (const claim of claims) t.match(claim, /\[\d+\]/, row)
  }
  const defined = [...page.matchAll(/^\[(\d+)\]: https:\S+$/gm)].map(
    ([, n]) => n,
  )
  const used = [...page.matchAll(/(?<!^)\[(\d+)\](?!:)/gm)].map(([, n]) => n)
  t.same([...new Set(used)].sort(), defined.sort())
  const others = /agentgateway|ContextForge|LiteLLM|MetaMCP|ToolHive/i
  for (const file of ['README.md', 'CHANGELOG.md', ...PAGES]) {
    if (file !== 'docs/comparison.md') t.notMatch(read(file), others, file)
  }
  t.end()
})

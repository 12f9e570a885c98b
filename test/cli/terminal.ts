// What every verb prints: for a program, for terminals of every width, and when
// somebody else's texts try to be more than texts. Covers src/cli and
// src/diagnostics.

import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { eastAsianWidth } from 'get-east-asian-width'
import t, { type Test } from 'tap'
import { alignRows, tabulate } from '../../src/cli/columns.ts'
import { openIo } from '../../src/cli/io.ts'
import { withProgress } from '../../src/cli/progress.ts'
import { loadVerbs, run } from '../../src/cli/run.ts'
import { Screen } from '../../src/cli/screen.ts'
import { lookOf } from '../../src/cli/terminal.ts'
import { measure, splitSigns, wrapText } from '../../src/diagnostics/layout.ts'
import { plain, type Shown } from '../../src/diagnostics/shown.ts'
import { type Scene, serveEveryVerb } from '../harness/every-verb.ts'
import { bin, makeFolder, makeIo, runHere } from '../harness/gateway.ts'
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

/** Tested elsewhere: they need a signal, or a sign-in. */
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
  return /^(?:cursor:\/\/| {2}cursor:\/\/|gwt_|ed25519:)/.test(bare(line))
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

t.test('signs: as wide as a terminal shows them, and never cut', (t) => {
  const odd: string[] = []
  for (let point = 0x20; point < 0x1_fb00; point++) {
    // One script after the other, all of them narrow or all wide.
    if (point === 0x4e00) point = 0x9ff0
    if (point === 0x1_0000) point = 0x1_f200
    const sign = String.fromCodePoint(point)
    if (/[\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(sign)) continue
    const width = eastAsianWidth(point)
    if (measure(sign) !== width) odd.push(point.toString(16))
  }
  t.ok(odd.length < 40, `other widths: ${odd.join(' ')}`)
  for (const [sign, width] of [
    ['é', 1],
    ['e\u0301', 1],
    ['日', 2],
    ['👩‍👩‍👧', 2],
    ['🇨🇭', 2],
    ['❤️', 2],
    ['한', 2],
    ['ｱ', 1],
    ['\x1b[31ma\x1b[0m', 1],
    ['\x1b]8;;file:///x\x1b\\日\x1b]8;;\x1b\\', 2],
  ] as const) {
    t.equal(measure(sign), width, JSON.stringify(sign))
  }
  const units = [
    'a',
    'bc',
    ' ',
    '  ',
    '日本',
    'e\u0301',
    '👩‍👩‍👧',
    '/',
    '-',
    '\n',
  ]
  const texts = fc.string({
    unit: fc.constantFrom(...units),
    maxLength: 120,
  })
  const property = fc.property(texts, fc.integer({ min: 4, max: 60 }), check)
  t.doesNotThrow(() => fc.assert(property))
  t.end()
})

function check(written: string, columns: number): boolean {
  const wrapped = wrapText(written, columns)
  const squeeze = (one: string) =>
    splitSigns(one.replaceAll(/\s/g, '')).join('|')
  return (
    wrapped.split('\n').every((line) => measure(line) <= columns) &&
    squeeze(wrapped) === squeeze(written)
  )
}

t.test('tables: shrink, then stack, and are whole without a terminal', (t) => {
  const heads = ['NAME', 'WHAT IT DOES', 'STATE']
  const rows = [
    ['日本語のツール', 'reads files/of/a/long/path-that-is-long.txt', 'up'],
    ['b', 'a few words that are wrapped at blanks', 'down'],
  ]
  const at = (columns?: number) =>
    tabulate(heads, rows).format({
      ...(columns === undefined ? {} : { columns }),
      colours: false,
      links: false,
    })
  t.equal(
    at(50),
    `NAME            WHAT IT DOES                 STATE
日本語のツール  reads files/of/a/long/path-  up
                that-is-long.txt
b               a few words that are         down
                wrapped at blanks
`,
  )
  t.equal(
    at(20),
    `NAME      日本語のツ
          ール
WHAT IT   reads
DOES      files/of/
          a/long/
          path-that-
          is-long.
          txt
STATE     up

NAME      b
WHAT IT   a few
DOES      words that
          are
          wrapped at
          blanks
STATE     down
`,
  )
  t.equal(at().split('\n')[1]?.includes('that-is-long.txt'), true)
  const cells = fc.string({
    unit: fc.constantFrom('a', '日', ' ', 'bcdef', '/', 'e\u0301'),
    maxLength: 30,
  })
  const table = fc.array(fc.tuple(cells, cells, cells), { minLength: 1 })
  const widths = fc.integer({ min: 20, max: 120 })
  const property = fc.property(table, widths, (rows, columns) =>
    [alignRows(rows), tabulate(heads, rows)].every((one) =>
      one
        .format({ columns, colours: true, links: true })
        .split('\n')
        .every((line) => measure(line) <= columns),
    ),
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 50 }))
  t.end()
})

t.test('who sees colours and links', (t) => {
  const tty = { isTTY: true, columns: 90 }
  const colours = (env: object, stream: object = tty, flag = 'auto') =>
    lookOf(stream, env as never, flag as never).colours
  t.equal(colours({}), true)
  t.equal(colours({}, {}), false, 'a pipe')
  t.equal(colours({ NO_COLOR: '1' }), false)
  t.equal(colours({ NO_COLOR: '' }), true, 'empty is unset')
  t.equal(colours({ TERM: 'dumb' }), false)
  t.equal(colours({ FORCE_COLOR: '1' }, {}), true)
  t.equal(colours({ FORCE_COLOR: '0' }), false)
  t.equal(colours({ NO_COLOR: '1', FORCE_COLOR: '1' }), false)
  t.equal(colours({ NO_COLOR: '1' }, {}, 'always'), true)
  t.equal(colours({ FORCE_COLOR: '1' }, tty, 'never'), false)
  const links = (env: object, stream: object = tty) =>
    lookOf(stream, env as never, 'auto').links
  for (const env of [
    { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.99.0' },
    { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.5.0' },
    { VTE_VERSION: '6800' },
    { WT_SESSION: 'x' },
    { TERM: 'xterm-kitty' },
  ]) {
    t.equal(links(env), true, JSON.stringify(env))
    t.equal(links(env, {}), false, 'a pipe')
    t.equal(links({ ...env, CI: '1' }), false)
    t.equal(links({ ...env, TMUX: '/tmp/x' }), false)
  }
  for (const env of [
    {},
    { TERM: 'xterm-256color' },
    { VTE_VERSION: '4600' },
    { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.0.2' },
    { TERM_PROGRAM: 'Apple_Terminal', TERM_PROGRAM_VERSION: '453' },
  ]) {
    t.equal(links(env), false, JSON.stringify(env))
  }
  t.equal(links({ FORCE_HYPERLINK: '1' }, {}), true)
  t.equal(lookOf(tty, {}, 'auto').columns, 90)
  t.equal(lookOf({}, {}, 'auto').columns, undefined, 'a pipe has no width')
  t.end()
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

/** Stands still until it is moved. */
function makeClock() {
  let now = 0
  const running = new Set<() => void>()
  return {
    now: () => now,
    monotonic: () => now,
    every: (_ms: number, run: () => void) => {
      running.add(run)
      return () => void running.delete(run)
    },
    pass: (ms: number) => {
      now += ms
      for (const run of running) run()
    },
  }
}

/** A terminal in memory, with a clock that stands until it is moved. */
function openTerminal(env: Record<string, string>, argv: string[] = []) {
  const raw = makeIo('/')
  Object.assign(raw.stderr, { isTTY: true, columns: 40 })
  const clock = makeClock()
  const io = openIo(argv, { ...raw, env, clock })
  return { io, clock, read: () => String(raw.stderr.read() ?? '') }
}

t.test('progress: one line, after half a second, and gone', async (t) => {
  const { io, clock, read } = openTerminal({ TERM: 'xterm' })
  await withProgress('asking', io, async ({ tell }) => {
    clock.pass(400)
    tell('asking 2 servers')
    t.equal(read(), '', 'a short wait says nothing')
    clock.pass(200)
    t.equal(read(), '\r\x1b[2K\x1b[2masking 2 servers\x1b[0m')
    io.stderr.write(plain`a: 3 tools\n`)
    t.equal(read(), '\r\x1b[2Ka: 3 tools\n', 'gone before a line that stays')
    clock.pass(2_000)
    const drawn = read().split('\r\x1b[2K').at(-1)
    t.match(drawn, /asking 2 servers \(2 s\)/)
    tell(`waiting for ${'linear, '.repeat(9)}\x1b[2J`)
    clock.pass(200)
    const long = read().split('\r\x1b[2K').at(-1) ?? ''
    t.ok(measure(long) < 40, 'it fits')
    t.notMatch(bare(long), /\x1b/)
  })
  t.equal(read(), '\r\x1b[2K', 'nothing is left')
  for (const [env, argv] of [
    [{ TERM: 'xterm', CI: 'true' }, []],
    [{ TERM: 'dumb' }, []],
    [{ TERM: 'xterm' }, ['check', '--report', 'json']],
  ] as const) {
    const quiet = openTerminal(env, [...argv])
    await withProgress('asking', quiet.io, async () => quiet.clock.pass(9_000))
    t.equal(quiet.read(), '', JSON.stringify([env, argv]))
  }
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

// How text takes room on a terminal, who sees colours and links, and the line
// that says what is waited for. Covers src/diagnostics and src/cli.

import fc from 'fast-check'
import { eastAsianWidth } from 'get-east-asian-width'
import t from 'tap'
import { alignRows, tabulate } from '../../src/cli/columns.ts'
import { openIo } from '../../src/cli/io.ts'
import { withProgress } from '../../src/cli/progress.ts'
import { lookOf } from '../../src/cli/terminal.ts'
import { measure, splitSigns, wrapText } from '../../src/diagnostics/layout.ts'
import { plain } from '../../src/diagnostics/shown.ts'
import { makeIo } from '../harness/gateway.ts'

const bare = (written: string) => written.replaceAll(/\x1b\[[\d;]*m/g, '')

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

t.test('signs: what splits them is made once, for short stretches', (t) => {
  const { Segmenter } = Intl
  let made = 0
  t.teardown(() => Object.assign(Intl, { Segmenter }))
  Object.assign(Intl, {
    Segmenter: class extends Segmenter {
      constructor(locale: string, options: Intl.SegmenterOptions) {
        super(locale, options)
        made++
      }
    },
  })
  const { segment } = Segmenter.prototype
  let longest = 0
  t.teardown(() => Object.assign(Segmenter.prototype, { segment }))
  Object.assign(Segmenter.prototype, {
    segment(this: Intl.Segmenter, text: string) {
      longest = Math.max(longest, text.length)
      return segment.call(this, text)
    },
  })
  const cell = '\u6f22 '.repeat(200)
  tabulate(['A'], [[cell]]).format({
    columns: 20,
    colours: false,
    links: false,
  })
  t.ok(made <= 1, `made ${made} times`)
  splitSigns('\u6f22'.repeat(5_000))
  t.ok(longest <= 256, `${longest} units at once need long`)
  t.end()
})

t.test('signs: a long text is split where a short one is', (t) => {
  const whole = new Intl.Segmenter('en', { granularity: 'grapheme' })
  const signs = [
    '\u6f22',
    'e\u0301',
    '👩‍👩‍👧',
    '👍🏽',
    '🇨🇭',
    'x',
    ' ',
    '❤️',
    '한',
  ]
  const long = fc
    .array(fc.constantFrom(...signs), { minLength: 200, maxLength: 400 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(long, (text) => {
      const expected = Array.from(whole.segment(text), (one) => one.segment)
      t.strictSame(splitSigns(text), expected)
    }),
    { numRuns: 60 },
  )
  t.end()
})

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

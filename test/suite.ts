// The suite's own report: what it counts, and what it must not overlook.
// In: TAP as tap writes it. Out: tap.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { groupFiles, splitTap } from './scripts/groups.ts'
import { createReport } from './scripts/report.ts'

const GOOD = `TAP version 14
# Subtest: dist/test/a.js
    # Subtest: inner
        ok 1 - one
        ok 2 - two
        1..2
    ok 1 - inner # time=1ms
    ok 2 - three
    ok 3 - four # SKIP no strace
    1..3
ok 1 - dist/test/a.js # time=5ms
# Subtest: dist/test/b.js
    ok 1 - five
    1..1
ok 2 - dist/test/b.js # time=5ms
1..2
`

async function read(tap: string) {
  const names: string[] = []
  const { parser, report } = createReport(({ name }) => names.push(name))
  await new Promise<void>((resolve) => {
    parser.on('complete', () => resolve())
    parser.end(tap)
  })
  const total = (key: 'passed' | 'failed' | 'skipped') =>
    report.files.reduce((sum, file) => sum + file[key], 0)
  return {
    ...report,
    names,
    counts: [total('passed'), total('failed'), total('skipped')],
    tests: [
      report.files.reduce((sum, { tests }) => sum + tests.passed, 0),
      report.files.reduce((sum, { tests }) => sum + tests.failed, 0),
    ],
  }
}

t.test('counts subtests, and assertions apart', async (t) => {
  const { counts, tests, failures, broken, names, files } = await read(GOOD)
  t.strictSame(tests, [3, 0])
  t.strictSame(counts, [4, 0, 1])
  t.strictSame(failures, [])
  t.equal(broken, null)
  t.strictSame(names, ['dist/test/a.js', 'dist/test/b.js'])
  t.strictSame(
    files.map(({ reasons }) => [...reasons]),
    [['no strace'], []],
    'a skip is told with its reason',
  )
})

t.test('a failing assertion is told with its path and place', async (t) => {
  const failing = GOOD.replace(
    '        ok 2 - two',
    [
      '        not ok 2 - two',
      '          ---',
      '          diff: |',
      '            -1',
      '            +2',
      '          at:',
      '            fileName: test/a.ts',
      '            lineNumber: 7',
      '          ...',
    ].join('\n'),
  )
    .replace('    ok 1 - inner', '    not ok 1 - inner')
    .replace('\nok 1 - dist', '\nnot ok 1 - dist')
  const { counts, tests, failures } = await read(failing)
  t.strictSame(counts, [3, 1, 1])
  t.strictSame(tests, [2, 1])
  t.equal(failures.length, 1)
  t.match(failures[0], 'dist/test/a.js › inner › two')
  t.match(failures[0], 'test/a.ts:7')
  t.match(failures[0], '+2')
})

t.test('a file that fails without a failing assertion counts', async (t) => {
  const crashed = GOOD.replace(
    'ok 2 - dist/test/b.js # time=5ms',
    'not ok 2 - dist/test/b.js # time=5ms\n  ---\n  signal: SIGKILL\n  ...',
  )
  const { counts, tests, failures } = await read(crashed)
  t.strictSame(counts, [4, 1, 1])
  t.strictSame(tests, [3, 1])
  t.match(failures[0], 'SIGKILL')
})

t.test('a subtest that times out counts', async (t) => {
  const late = GOOD.replace(
    '    ok 1 - inner # time=1ms',
    '    not ok 1 - inner # time=1ms\n      ---\n      timeout: "late"\n      ...',
  ).replace('\nok 1 - dist', '\nnot ok 1 - dist')
  t.strictSame((await read(late)).counts, [4, 1, 1])
})

t.test('what is still to do is not done', async (t) => {
  const todo = GOOD.replace('    ok 2 - three', '    not ok 2 - three # TODO')
  t.strictSame((await read(todo)).counts, [3, 1, 1])
  const whole = GOOD.replace('inner # time=1ms', 'inner # TODO')
  t.strictSame((await read(whole)).counts, [4, 1, 1])
})

t.test('a stream that breaks off is not whole', async (t) => {
  const half = GOOD.slice(0, GOOD.indexOf('# Subtest: dist/test/b.js'))
  t.ok((await read(half)).broken)
  t.ok((await read('')).broken)
  t.match((await read('TAP version 14\nBail out! no\n')).broken, 'no')
})

t.test('files of a group: each once, and those that take long alone', (t) => {
  const many = Array.from({ length: 30 }, (_, at) => `serve/a${at}`)
  const groups = groupFiles(['suite', ...many, 'security/corpus', 'cli/b'])
  t.strictSame(groups[0], ['security/corpus'])
  t.strictSame(groups[1], ['suite'], 'one room each')
  t.strictSame(groups.at(-1), ['cli/b'])
  t.equal(groups.length, 6)
  t.strictSame(groups.flat().sort().length, 33)
  t.end()
})

t.test('a file that ends its process is named, and those after it', (t) => {
  const folder = t.testdir()
  const write = (name: string, text: string) => {
    const tap = JSON.stringify(import.meta.resolve('tap'))
    const file = join(folder, `${name}.mjs`)
    writeFileSync(file, `import t from ${tap}\n${text}`)
    return file
  }
  const files = [
    write('good', `t.test('one', async (t) => { t.pass('two') })`),
    write('bad', `t.test('three', async (t) => { t.equal(1, 2, 'four') })`),
    write(
      'thrown',
      `t.test('five', async () => {
        setTimeout(() => { throw new Error('six') })
        await new Promise((resolve) => setTimeout(resolve, 60_000))
      })`,
    ),
    write('late', `t.test('seven', async (t) => { t.pass('eight') })`),
  ]
  const harness = join(import.meta.dirname, 'harness')
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      `--import=${join(harness, 'no-domains.js')}`,
      join(harness, 'together.js'),
      ...files,
    ],
    { encoding: 'utf8', env: { ...process.env, TAP: '1' } },
  )
  t.match(stderr, 'Error: six')
  const parts = splitTap(stdout, files, `exitCode: ${status}`)
  const [good, bad, thrown, late] = parts
  t.strictSame(
    parts.map(({ file }) => file),
    files,
  )
  t.equal(good?.end, '')
  t.match(good?.said, /^ {4}ok 1 - two\n/m)
  t.not(bad?.end, '')
  t.match(bad?.said, /^ {4}not ok 1 - four\n/m)
  t.not(thrown?.end, '')
  t.match(thrown?.said, /^not ok 1 - five/m)
  t.strictSame(late, { file: files[3], said: '', end: 'exitCode: 1' })
  const whole = splitTap(stdout, files.slice(0, 1), 'signal: SIGKILL')
  t.equal(whole[0]?.end, 'signal: SIGKILL', 'a group of one is its process')
  t.end()
})

// `npm test`: lints, runs every compiled test file once, says what happened.
// In: names of test files, or none for all. Out: a readable report that ends
// with `N passed, N failed`, and an exit code that agrees.
// INVARIANT: a file of test/ that did not run, or crashed, is a failure.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { basename, join } from 'node:path'
import { findCaddy, NO_CADDY } from '../harness/caddy.ts'
import { findChromium, NO_CHROMIUM } from '../harness/chromium.ts'
import { findNginx, NO_NGINX } from '../harness/nginx.ts'
import { install, TOOLCHAINS } from '../harness/sdks/install.ts'
import { runFiles } from './files.ts'
import { prepare } from './prepare.ts'
import type { FileReport } from './report.ts'

const root = join(import.meta.dirname, '../../..')
const names = process.argv.slice(2)
const totals = { passed: 0, failed: 0 }
let assertions = 0

/** Folders of test/ that hold tests, those that take longest first: nothing long
 * then begins when the rest has ended. */
const ROOMS = [
  'serve',
  'cli',
  'login',
  'upstream',
  'security',
  'compile',
  'audit',
  'connect',
  '',
]

removeStale()
await installSdks()
lookForBrowser()
lookForProxies()
lint()
if (prepare() === 0) await runTests()
else fail('tap build failed')
process.stdout.write(
  `\n${assertions} assertions\n${totals.passed} passed, ${totals.failed} failed\n`,
)
process.exitCode = totals.failed === 0 ? 0 : 1

/** What tsc wrote for a source that is gone would still run. */
function removeStale(): void {
  for (const folder of ['src', 'test', 'bench']) {
    const dist = join(root, 'dist', folder)
    if (!existsSync(dist)) continue
    for (const entry of readdirSync(dist, { recursive: true })) {
      const name = String(entry)
      const stem = name.replace(/\.(d\.ts|js|js\.map)$/, '')
      // Of what the build itself writes, the source holds the types.
      const sources = [`${stem}.ts`, `${stem}.d.ts`]
      const known = sources.some((one) => existsSync(join(root, folder, one)))
      if (stem !== name && !known) rmSync(join(dist, name))
    }
  }
}

/** On first use, before the time of a test file runs. */
async function installSdks(): Promise<void> {
  if (names.length > 0 && !names.includes('sdks')) return
  const tried = await Promise.all(TOOLCHAINS.map(install))
  for (const one of tried) {
    if ('missing' in one) process.stdout.write(`test/sdks: ${one.missing}\n`)
  }
}

function lookForBrowser(): void {
  if (names.length > 0 && !names.includes('browser')) return
  if (findChromium() !== undefined) return
  process.stdout.write(`test/connect: ${NO_CHROMIUM}\n`)
}

function lookForProxies(): void {
  if (names.length > 0 && !names.includes('addresses')) return
  if (!findNginx()) process.stdout.write(`test/serve: ${NO_NGINX}\n`)
  if (!findCaddy()) process.stdout.write(`test/serve: ${NO_CADDY}\n`)
}

function lint(): void {
  if (names.length > 0) return
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, 'check', '--colors=off', '.'],
    { cwd: root, encoding: 'utf8' },
  )
  if (status !== 0) return fail(`biome check\n${stdout}${stderr}`)
  totals.passed++
  process.stdout.write('ok  biome check\n')
}

async function runTests(): Promise<void> {
  const there = ROOMS.flatMap((room) =>
    readdirSync(join(root, 'test', room))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(room, name.slice(0, -3))),
  )
  const isNamed = (path: string) => names.includes(basename(path))
  for (const name of names) {
    if (!there.some((path) => basename(path) === name)) fail(`no ${name}.ts`)
  }
  const wanted = names.length === 0 ? there : there.filter(isNamed)
  if (wanted.length === 0) return fail('no test file')
  const report = await runFiles(root, wanted, printFile)
  for (const failure of report.failures) {
    process.stdout.write(`\n${toSources(failure)}\n`)
  }
  const ran = new Set(report.files.map(({ name }) => name))
  for (const { name, tests, passed, failed, skipped } of report.files) {
    totals.passed += tests.passed
    totals.failed += tests.failed
    assertions += passed + failed
    if (passed + failed + skipped === 0) fail(`${name} asserted nothing`)
  }
  for (const name of wanted) {
    if (!ran.has(`dist/test/${name}.js`)) fail(`test/${name}.ts did not run`)
  }
  if (report.broken) fail(report.broken)
  if (totals.failed > 0) printStderr()
}

/** A file that cannot even be loaded says so on stderr alone. */
function printStderr(): void {
  const text = readFileSync(join(root, '.tap/err'), 'utf8').trim()
  if (text === '') return
  const tail = text.split('\n').slice(-80).join('\n')
  process.stdout.write(
    `\nOn stderr (.tap/err), at the end:\n${toSources(tail)}\n`,
  )
}

/** Places in what tsc wrote, as places in the sources. */
function toSources(told: string): string {
  const place = /((?:file:\/\/)?[^\s()]*\bdist\/)(\S+)\.js:(\d+)(?::(\d+))?/g
  return told.replace(place, (whole, _, stem, line, column = 1_000) => {
    try {
      const map = readFileSync(join(root, 'dist', `${stem}.js.map`), 'utf8')
      const entry = new SourceMap(JSON.parse(map)).findEntry(
        line - 1,
        column - 1,
      )
      if (!('originalLine' in entry)) return whole
      return `${stem}.ts:${entry.originalLine + 1}`
    } catch {
      return whole
    }
  })
}

function printFile(file: FileReport): void {
  const { name, tests, passed, failed, skipped } = file
  const count = passed + failed
  const skips = skipped > 0 ? `, ${skipped} skipped` : ''
  const verdict = failed > 0 ? 'not ok' : 'ok'
  process.stdout.write(
    `${verdict}  ${name}  ${tests.passed} passed, ${tests.failed} failed` +
      `${skips} (${count} assertions)\n`,
  )
  for (const reason of file.reasons) {
    process.stdout.write(`    skipped: ${reason}\n`)
  }
}

function fail(reason: string): void {
  totals.failed++
  process.stdout.write(`not ok  ${reason}\n`)
}

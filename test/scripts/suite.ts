// `npm test`: lints, runs every compiled test file once, says what happened.
// In: names of test files, or none for all; `--coverage`. Out: a readable
// report that ends with `N passed, N failed`, and an exit code that agrees.
// INVARIANT: a file of test/ that did not run, and a crash of tap, are failures.

import { spawn, spawnSync } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { install, TOOLCHAINS } from '../harness/sdks/install.ts'
import { prepare, tap } from './prepare.ts'
import { createReport, type FileReport } from './report.ts'

const root = join(import.meta.dirname, '../../..')
const args = process.argv.slice(2)
const names = args.filter((arg) => !arg.startsWith('-'))
const totals = { passed: 0, failed: 0 }

removeStale()
await installSdks()
lint()
if (prepare() === 0) await runTests()
else fail('tap build failed')
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed\n`)
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
  const wanted = readdirSync(join(root, 'test'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -3))
    .filter((name) => names.length === 0 || names.includes(name))
    .map((name) => `dist/test/${name}.js`)
  for (const name of names) {
    if (!wanted.includes(`dist/test/${name}.js`)) fail(`no test/${name}.ts`)
  }
  if (wanted.length === 0) return fail('no test file')
  const files = names.length > 0 ? wanted : []
  const { report, code } = await runTap(files)
  for (const failure of report.failures) {
    process.stdout.write(`\n${failure}\n`)
  }
  if (args.includes('--coverage')) {
    const raw = readFileSync(join(root, '.tap/out'), 'utf8')
    process.stdout.write(`\n${raw.slice(raw.search(/^-+\|/m))}`)
  }
  const ran = new Set(report.files.map(({ name }) => name))
  for (const { name, passed, failed, skipped } of report.files) {
    totals.passed += passed
    totals.failed += failed
    if (passed + failed + skipped === 0) fail(`${name} asserted nothing`)
  }
  for (const name of wanted) if (!ran.has(name)) fail(`${name} did not run`)
  if (report.broken) fail(report.broken)
  if (code !== 0 && totals.failed === 0) fail(`tap ended with ${code}`)
  if (totals.failed > 0) printStderr()
}

/** Raw TAP goes to .tap/out, what tests print beside it to .tap/err. */
async function runTap(files: readonly string[]) {
  const { parser, report } = createReport(printFile)
  const coverage = args.includes('--coverage') ? ['--no-disable-coverage'] : []
  mkdirSync(join(root, '.tap'), { recursive: true })
  const out = createWriteStream(join(root, '.tap/out'))
  const err = createWriteStream(join(root, '.tap/err'))
  const child = spawn(process.execPath, [tap, '-Rtap', ...coverage, ...files], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP: undefined, NO_COLOR: '1' },
  })
  child.stdout.pipe(out)
  child.stderr.pipe(err)
  child.stdout.on('data', (chunk: Buffer) => parser.write(chunk))
  const code = await new Promise<number | string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (status, signal) => resolve(status ?? signal))
  })
  parser.end()
  await new Promise((resolve) => err.end(resolve))
  return { report, code }
}

/** A file that cannot even be loaded says so on stderr alone. */
function printStderr(): void {
  const text = readFileSync(join(root, '.tap/err'), 'utf8').trim()
  if (text === '') return
  const tail = text.split('\n').slice(-80).join('\n')
  process.stdout.write(`\nOn stderr (.tap/err), at the end:\n${tail}\n`)
}

function printFile(file: FileReport): void {
  const { name, passed, failed, skipped } = file
  const skips = skipped > 0 ? `, ${skipped} skipped` : ''
  const verdict = failed > 0 ? 'not ok' : 'ok'
  process.stdout.write(
    `${verdict}  ${name}  ${passed} passed, ${failed} failed${skips}\n`,
  )
  for (const reason of file.reasons) {
    process.stdout.write(`    skipped: ${reason}\n`)
  }
}

function fail(reason: string): void {
  totals.failed++
  process.stdout.write(`not ok  ${reason}\n`)
}

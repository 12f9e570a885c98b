// `npm run trial:imports`: twelve files of MCP clients, imported, checked and
// served, and each tool compared with what its client has without a gateway.
// In: perhaps --json, --only FILE. Out: a row for each server; in JSON counts.
// INVARIANT: servers come from npm and PyPI; what is elsewhere is named, and
// nothing of it is asked.

import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { parseArgs, promisify } from 'node:util'
import type { Row } from '../harness/field/row.ts'
import { FILES } from '../harness/field/rows.ts'
import { type FileOutcome, serveField } from '../harness/field/serve-field.ts'
import { startTracker } from '../harness/newcomer/tracker.ts'

const TOKEN = 'trk_field_4Qm8Zx2Lw7'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const run = promisify(execFile)
const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }
const top = mkdtempSync(join(tmpdir(), 'field-'))
owner.teardown(() => rmSync(top, { recursive: true, force: true }))
const home = await makeHome()
const env = { PATH: await addUv(), HOME: home }
const tracker = await startTracker(owner, TOKEN)

const outcomes: FileOutcome[] = []
for (const [file, row] of Object.entries(FILES)) {
  if (values.only !== undefined && values.only !== file) continue
  outcomes.push(await serveOne(file, row))
}
for (const end of ends) await end()
report()

async function serveOne(file: string, row: Row): Promise<FileOutcome> {
  const folder = join(top, file.replaceAll('.', '-'))
  const places = { home, folder, tracker }
  try {
    mkdirSync(join(folder, 'notes'), { recursive: true })
    return await serveField(owner, file, row, places, env)
  } catch (error) {
    return { file, faults: [String(error)], servers: [] }
  }
}

/** A home with what the files name, and the caches of this machine. */
async function makeHome(): Promise<string> {
  const own = join(top, 'home')
  const shop = join(own, 'src/shop')
  mkdirSync(join(own, 'notes'), { recursive: true })
  mkdirSync(join(own, '.cache'))
  mkdirSync(shop, { recursive: true })
  writeFileSync(join(own, 'notes/hello.md'), 'hello\n')
  await run('git', ['init', '--quiet', shop])
  const { stdout: cache } = await run('npm', ['config', 'get', 'cache'])
  symlinkSync(cache.trim(), join(own, '.npm'))
  const uv = join(homedir(), '.cache/uv')
  mkdirSync(uv, { recursive: true })
  symlinkSync(uv, join(own, '.cache/uv'))
  // A company's CA is among those of the system, as it is for npm.
  mkdirSync(join(own, '.config/uv'), { recursive: true })
  writeFileSync(join(own, '.config/uv/uv.toml'), 'system-certs = true\n')
  return own
}

/** `uvx` comes from PyPI where the machine has none. */
async function addUv(): Promise<string> {
  const path = process.env.PATH ?? ''
  const has = await run('uvx', ['--version']).catch(() => undefined)
  if (has) return path
  const folder = join(homedir(), '.cache/portcullis/uv')
  await run('python3', ['-m', 'venv', folder])
  await run(join(folder, 'bin/pip'), ['install', '--quiet', 'uv'])
  return `${join(folder, 'bin')}${delimiter}${path}`
}

function report(): void {
  const servers = outcomes.flatMap((one) => one.servers)
  const served = servers.filter((one) => one.unserved === undefined)
  const sum = (count: (one: (typeof servers)[number]) => number) =>
    servers.reduce((total, one) => total + count(one), 0)
  const counts = {
    files: outcomes.length,
    servers: servers.length,
    served: served.length,
    tools: sum(({ through }) => through),
    lost: sum(({ lost }) => lost.length),
    extra: sum(({ extra }) => extra.length),
    changed: sum(({ changed }) => changed.length),
    explained: sum(({ explained }) => explained.length),
    faults: outcomes.flatMap(({ file, faults }) =>
      faults.map((fault) => `${file}: ${fault}`),
    ),
  }
  if (values.json) stdout.write(`${JSON.stringify(counts)}\n`)
  else tellAll(counts)
  for (const fault of counts.faults) stderr.write(`fault: ${fault}\n`)
  const { lost, extra, changed, faults } = counts
  process.exitCode = lost + extra + changed + faults.length === 0 ? 0 : 1
}

function tellAll(counts: Readonly<Record<string, unknown>>): void {
  for (const { file, servers } of outcomes) {
    stdout.write(`${file}\n`)
    for (const one of servers) {
      const { server, direct, through, unserved, explained, why } = one
      const said = [...one.lost.map((tool) => `lost ${tool}`)]
        .concat(one.extra.map((tool) => `extra ${tool}`))
        .concat(one.changed.map((member) => `changed ${member}`))
        .concat(explained.length > 0 ? `${explained.join(', ')}: ${why}` : [])
      const counted = unserved ?? `${through} of ${direct} tools`
      stdout.write(`  ${[`${server}: ${counted}`, ...said].join('; ')}\n`)
    }
  }
  stdout.write(`${JSON.stringify(counts, null, 2)}\n`)
}

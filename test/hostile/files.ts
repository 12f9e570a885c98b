// A gateway that runs, while its files become pipes and devices, and tables that
// nobody reviewed.
// In: nothing. Out: the cases.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gateway, runHere } from '../harness/gateway.ts'
import { makeFolder, type Owner, serveFolder } from '../harness/process.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'
import type { Attack } from './case.ts'

const config = (drain: string) => `{
  "servers": { "a": { "type": "http", "url": "http://127.0.0.1:9/mcp" } },
  "roles": { "reader": { "allow": { "a": ["*"] } } },
  "drain": "${drain}"
}`

export const ATTACKS: readonly Attack[] = [
  { id: 'S11 files of a running gateway that never end', run: keepAnswering },
  { id: 'S3 a table that nobody reviewed', run: keepReviewed },
]

async function keepAnswering(t: Owner): Promise<void> {
  const folder = makeFolder(t, { 'gateway.config.json': config('5s') })
  const served = await serveFolder(t, folder, ['--dev'])
  const replace = (name: string, make: (path: string) => unknown) => {
    const path = join(folder, name)
    rmSync(path, { force: true })
    make(path)
  }
  const pipe = (path: string) => spawnSync('mkfifo', [path])
  const device = (path: string) => symlinkSync('/dev/zero', path)
  for (const name of [
    'gateway.tokens.toml',
    'gateway.lock.json',
    'gateway.config.json',
  ]) {
    const said = served.stderr().length
    replace(name, pipe)
    await until(
      () => served.stderr().slice(said).includes(name),
      `${name} is told`,
      20_000,
    )
    // No other state than before: nothing new to tell.
    replace(name, device)
    for (let times = 0; times < 3; times++) {
      const { status } = await post(served.url, served.token, 'tools/list')
      assert.equal(status, 200, name)
    }
    rmSync(join(folder, name))
  }
}

async function keepReviewed(t: Owner): Promise<void> {
  const folder = makeFolder(t, { 'gateway.config.json': config('5s') })
  const digestOf = async () => {
    const { stdout } = await runHere(['compile'], { cwd: folder })
    return String(JSON.parse(stdout).digest)
  }
  const reviewed = await digestOf()
  const other = await gateway(['serve', '--digest', '0'.repeat(64)], {
    cwd: folder,
  })
  assert.equal(other.code, 1, other.stderr)
  assert.match(other.stderr, new RegExp(`digest ${reviewed}`))
  const pins = join(folder, 'gateway.digest')
  writeFileSync(pins, `# reviewed\n${reviewed}\n`)
  const flags = ['--dev', '--digest', 'file:gateway.digest']
  const served = await serveFolder(t, folder, flags)
  writeFileSync(join(folder, 'gateway.config.json'), config('6s'))
  const next = await digestOf()
  await until(() => served.stderr().includes(next), 'it is told', 20_000)
  const { status } = await post(served.url, served.token, 'tools/list')
  assert.equal(status, 200)
  const told = served.stderr().length
  writeFileSync(pins, `${reviewed}\n${next}\n`)
  await until(
    () => /reload|table/i.test(served.stderr().slice(told)),
    'what was reviewed since is served',
    20_000,
  )
}

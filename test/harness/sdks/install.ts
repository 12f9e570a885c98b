// The SDKs of other languages, installed on first use into a cache outside of
// the repository.
// In: which toolchain. Out: how its programs are run, or why they cannot be.
// INVARIANT: exact versions only, each folder complete or absent; what cannot
// be had is told, never thrown.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../gateway.ts'

export const SOURCES = join(root, 'test/sdks')

export const TOOLCHAINS = ['mcp-1', 'mcp-2', 'go'] as const

export type Toolchain = (typeof TOOLCHAINS)[number]

/** Where it is, and the program that runs it; or why it is not. */
export type Installed =
  | { readonly folder: string; readonly program: string }
  | { readonly missing: string }

const INSTALL_MS = 300_000

export async function install(toolchain: Toolchain): Promise<Installed> {
  const found = await (toolchain === 'go' ? findGo() : findPython())
  if ('missing' in found) return found
  const folder = join(cacheFolder(), nameOf(toolchain, found.version))
  const draft = `${folder}.${process.pid}`
  if (!existsSync(folder)) {
    mkdirSync(draft, { recursive: true })
    const failed = await fill(toolchain, found.program, draft)
    if (failed === null && !existsSync(folder)) renameSync(draft, folder)
    else rmSync(draft, { recursive: true, force: true })
    if (failed !== null) return { missing: failed }
  }
  return { folder, program: found.program }
}

function cacheFolder(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'portcullis', 'sdks')
}

function nameOf(toolchain: Toolchain, version: string): string {
  const hash = createHash('sha256').update(version)
  for (const file of listSources(toolchain)) hash.update(readFileSync(file))
  return `${toolchain}-${hash.digest('hex').slice(0, 16)}`
}

/** The files that say exactly what is installed, or built. */
function listSources(toolchain: Toolchain): readonly string[] {
  if (toolchain !== 'go') return [join(SOURCES, 'python', `${toolchain}.txt`)]
  const folder = join(SOURCES, 'go')
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Null, or what went wrong. */
async function fill(
  toolchain: Toolchain,
  program: string,
  folder: string,
): Promise<string | null> {
  const python = [
    ...['-m', 'pip', 'install', '--target', folder, '--no-deps'],
    ...['--only-binary', ':all:', '--no-compile', '--quiet'],
    ...['--disable-pip-version-check', '--no-input', '--no-warn-conflicts'],
    ...['-r', join(SOURCES, 'python', `${toolchain}.txt`)],
  ]
  const go = [
    'build',
    '-mod=readonly',
    '-o',
    `${folder}/`,
    './gosdk',
    './mcpgo',
  ]
  const { code, said } = await run(
    program,
    toolchain === 'go' ? go : python,
    join(SOURCES, toolchain === 'go' ? 'go' : 'python'),
  )
  return code === 0
    ? null
    : `${program} could not install ${toolchain}: ${said.slice(-400)}`
}

type Found =
  | { readonly program: string; readonly version: string }
  | { readonly missing: string }

const ABOUT_PYTHON =
  'import sys, platform; print(sys.executable, platform.platform(), ' +
  'sys.version_info >= (3, 10))'

async function findPython(): Promise<Found> {
  const { code, said } = await run('python3', ['-c', ABOUT_PYTHON])
  if (code !== 0) return { missing: `no python3: ${said}` }
  const [program = '', , isNew] = said.trim().split(' ')
  if (isNew !== 'True') return { missing: 'python3 is older than 3.10' }
  return { program, version: said }
}

async function findGo(): Promise<Found> {
  const { code, said } = await run('go', ['version'])
  if (code !== 0) return { missing: `no go: ${said}` }
  return { program: 'go', version: said }
}

async function run(
  program: string,
  args: readonly string[],
  cwd = SOURCES,
): Promise<{ readonly code: unknown; readonly said: string }> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: INSTALL_MS,
  })
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  const [code, stdout, stderr] = await Promise.all([
    ended,
    text(child.stdout).catch(() => ''),
    text(child.stderr).catch(() => ''),
  ])
  const said = stdout + stderr
  return { code, said: said === '' ? String(code) : said }
}

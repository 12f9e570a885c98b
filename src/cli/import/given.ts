// The files that a verb imports, and what of this machine it may look at.
// In: paths as the user gave them, - for stdin. Out: their bytes.
// INVARIANT: each is a regular file and at most 16 MiB; of an `envFile` only the
// names are kept.

import { dirname, join, relative, resolve } from 'node:path'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { MAX_BYTES, readRegular, readRegularText } from '../../regular.ts'
import { findHome } from '../clients/place.ts'
import type { Io } from '../verb.ts'
import type { GivenFile } from './entries.ts'
import type { Entry } from './entry.ts'
import type { Machine } from './import.ts'

export async function readGivenFiles(
  paths: readonly string[],
  io: Io,
): Promise<readonly GivenFile[]> {
  const given: GivenFile[] = []
  for (const path of new Set(paths)) {
    if (path === '-') {
      given.push({ name: 'stdin', bytes: await readAll(io.stdin) })
      continue
    }
    try {
      const bytes = readRegular(resolve(io.cwd, path))
      given.push({ name: showFile(path, io), bytes })
    } catch (error) {
      throw new Unanswerable(describe(path, error as NodeJS.ErrnoException))
    }
  }
  return given
}

function describe(
  path: string,
  { code, message }: NodeJS.ErrnoException,
): string {
  return code === 'ENOENT' ? `${path} does not exist` : message
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer)
    total += bytes.length
    if (total > MAX_BYTES) throw new Unanswerable('stdin is larger than 16 MiB')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** Without the name of the person whose home it is in. */
export function showFile(path: string, { cwd, env }: Io): string {
  const home = findHome(env)
  const whole = resolve(cwd, path)
  const near = relative(cwd, whole)
  if (!/^\.\.|^[/\\]|^[A-Za-z]:/.test(near)) return near.replaceAll('\\', '/')
  const inHome = home === undefined ? '..' : relative(home, whole)
  if (/^\.\.|^[/\\]|^[A-Za-z]:/.test(inHome)) return path
  return `~/${inHome.replaceAll('\\', '/')}`
}

export function lookAround(
  folder: string,
  paths: readonly string[],
  io: Io,
): Machine {
  const home = findHome(io.env)
  const files = new Map(
    paths.map((path) => [showFile(path, io), resolve(io.cwd, path)]),
  )
  return {
    home,
    shelves: {
      home,
      folders: [...new Set([folder, io.cwd])],
      npmCache: io.env.npm_config_cache,
    },
    readNames: (entry) => {
      const file = files.get(entry.origin.file)
      return file === undefined ? undefined : readNames(entry, file, home)
    },
  }
}

const ENV_BYTES = 2 ** 20

function readNames(
  { envFile = '' }: Entry,
  file: string,
  home: string | undefined,
): readonly string[] | undefined {
  const beside = dirname(file)
  // `.vscode/mcp.json` is a file of the folder above.
  const top = /[\\/]\.[\w-]+$/.test(beside) ? dirname(beside) : beside
  const path = envFile
    .replace(/^\$\{workspace(?:Folder|Root)(?::[^}]*)?\}/, top)
    .replace(/^(?:~|\$\{userHome\}|\$\{env:HOME\})(?=[\\/])/, home ?? '~')
  for (const folder of [top, beside]) {
    try {
      const text = readRegularText(resolve(folder, path), ENV_BYTES)
      const names = text.matchAll(
        /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w{0,200})[ \t]*=/gm,
      )
      return [...new Set([...names].map(([, name = '']) => name))]
    } catch {
      // It is somewhere else, or nowhere.
    }
  }
  return undefined
}

/** The text of `.env.example`, with the names that `before` lacks. */
export function exampleText(
  before: string,
  imported: readonly {
    readonly name: string
    readonly servers: readonly string[]
  }[],
  config: string,
): string {
  const has = (name: string) =>
    new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=`, 'm').test(before)
  const missing = imported.filter(({ name }) => !has(name))
  const groups = new Set(missing.map(({ servers }) => servers.join(', ')))
  const eol = before.includes('\r\n') ? '\r\n' : '\n'
  const lines = [...groups].flatMap((group) => [
    `# ${group}`,
    ...missing
      .filter(({ servers }) => servers.join(', ') === group)
      .map(({ name }) => `${name}=`),
  ])
  if (lines.length === 0) return before
  const head = [
    `# Secrets that ${config} reads. Write the values into a copy named`,
    '# .env, and start the gateway with `gateway serve --secrets .env`.',
    '# .env itself is never part of a commit.',
  ]
  const start =
    before === ''
      ? `${head.join('\n')}\n\n`
      : before.endsWith('\n')
        ? before
        : `${before}${eol}`
  return `${start}${lines.join(eol)}${eol}`
}

export const EXAMPLE = '.env.example'
export function besideOf(file: string): string {
  return join(dirname(file), EXAMPLE)
}

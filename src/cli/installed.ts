// Installed packages, for a config of another revision.
// In: a repository, its config's folder, a folder. Out: node_modules there.
// INVARIANT: no file of today's index gets into the folder: such a package is
// the one of the revision, or is absent.

import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Repository } from './git.ts'

/** Packages that a config can import. */
const IMPORTED = /\.(?:[mc]?[jt]s|json)$/

export async function bringPackages(
  { top, ask }: Repository,
  root: string,
  there: string,
): Promise<void> {
  const listed = await ask(['ls-files', '-z'], { most: 2 ** 29 })
  const known = listPaths(listed.toString())
  const isTracked = (path: string) =>
    known.has(relative(top, path).split(sep).join('/').toLowerCase())
  for (let at = root; ; at = dirname(at)) {
    const modules = join(at, 'node_modules')
    const place = join(there, relative(top, at), 'node_modules')
    if (isItself(modules) && isItself(dirname(place))) {
      bring(modules, place, isTracked)
    }
    if (at === top || dirname(at) === at) return
  }
}

/** Paths of the index and the folders above them, in lower case, because some
 * file systems ignore case. */
function listPaths(listed: string): ReadonlySet<string> {
  const known = new Set<string>()
  for (const path of listed.toLowerCase().split('\0')) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      known.add(path.slice(0, end))
    }
  }
  return known
}

function bring(
  modules: string,
  place: string,
  isTracked: (path: string) => boolean,
): void {
  for (const name of listPackages(modules)) {
    const [from, to] = [join(modules, name), join(place, name)]
    if (existsSync(to) || isTracked(from)) continue
    mkdirSync(dirname(to), { recursive: true })
    if (isItself(dirname(to))) copy(from, to)
  }
}

/** Copies links as links: those of a workspace lead to the revision's files. */
function copy(from: string, to: string): void {
  const status = lstatSync(from)
  if (status.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
  else if (status.isFile() && IMPORTED.test(from)) share(from, to)
  else if (status.isDirectory()) {
    mkdirSync(to)
    for (const name of readdirSync(from)) copy(join(from, name), join(to, name))
  }
}

/** Nobody writes to the file, so a hard link is enough where it is possible. */
function share(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** Exists and is not a link: what is written to it stays in the folder. */
function isItself(folder: string): boolean {
  return existsSync(folder) && realpathSync(folder) === folder
}

/** Of other names that begin with a dot, no import can name one. */
function listPackages(modules: string): readonly string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.') || name === '.pnpm')
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(modules, name)).map((one) => join(name, one))
        : [name],
    )
}

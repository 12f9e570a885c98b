// Packages that are installed now, for a config of another revision.
// In: a repository, its config's folder, a folder. Out: node_modules there.
// INVARIANT: no file that today's index has comes into the folder: such a
// package is the one of the revision, or there is none.

import {
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Repository } from './git.ts'

export async function bringPackages(
  { top, ask }: Repository,
  root: string,
  there: string,
): Promise<void> {
  const listed = await ask(['ls-files', '-z'], { most: 2 ** 29 })
  const isTracked = trackedBelow(top, listed.toString())
  for (let at = root; ; at = dirname(at)) {
    const modules = join(at, 'node_modules')
    const place = join(there, relative(top, at), 'node_modules')
    if (existsSync(modules) && isItself(dirname(place))) {
      bring(modules, place, isTracked)
    }
    if (at === top || dirname(at) === at) return
  }
}

/** Whether the index has a path, or one below it; in any case of letters, as
 * some file systems have it. */
function trackedBelow(top: string, listed: string): (path: string) => boolean {
  const known = new Set<string>()
  for (const path of listed.toLowerCase().split('\0')) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      known.add(path.slice(0, end))
    }
  }
  return (path) =>
    [path, realpathSync(path)].some((one) =>
      known.has(relative(top, one).split(sep).join('/').toLowerCase()),
    )
}

/** As a link where nothing of it is in git; else each of its packages. */
function bring(
  modules: string,
  place: string,
  isTracked: (path: string) => boolean,
): void {
  const stays = lstatSync(place, { throwIfNoEntry: false })
  if (!stays && !isTracked(modules)) {
    symlinkSync(realpathSync(modules), place, 'junction')
    return
  }
  mkdirSync(place, { recursive: true })
  if (!isItself(place)) return
  for (const name of listPackages(modules)) {
    const [from, to] = [join(modules, name), join(place, name)]
    if (existsSync(to) || !existsSync(from) || isTracked(from)) continue
    mkdirSync(dirname(to), { recursive: true })
    if (!isItself(dirname(to))) continue
    // A config may read what lies below a node_modules of its own alone.
    cpSync(from, to, {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    })
  }
}

/** There, and no link: what is written to it stays in the folder. */
function isItself(folder: string): boolean {
  return existsSync(folder) && realpathSync(folder) === folder
}

/** Of the others that begin with a dot, no import can name one. */
function listPackages(modules: string): readonly string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.') || name === '.pnpm')
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(modules, name)).map((one) => join(name, one))
        : [name],
    )
}

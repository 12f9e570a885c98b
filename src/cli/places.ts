// From where the places of a report are told.
// In: the root config's folder, the current one. Out: the way between, with `/`.
// INVARIANT: '' where there is none to go.

import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/** For a person, whose terminal opens what it shows: from the current folder. */
export function baseFromHere(root: string, cwd: string): string {
  return toSlashes(relative(cwd, root))
}

/** For others: from the top of the repository; where there is none, from the
 * current folder, if the config lies in it. */
export function baseInRepository(root: string, cwd: string): string {
  const top = findTop(root)
  const base = relative(top ?? cwd, root)
  const outside = base.split(sep)[0] === '..' || isAbsolute(base)
  return outside ? '' : toSlashes(base)
}

function findTop(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    // A folder, or a file in a worktree.
    if (existsSync(join(at, '.git'))) return at
    if (dirname(at) === at) return undefined
  }
}

function toSlashes(path: string): string {
  return path.split(sep).join('/')
}

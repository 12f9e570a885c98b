// From where the places of a report are told.
// In: the root config's folder, the current one. Out: the way between, with `/`.
// INVARIANT: '' where there is none to go.

import { isAbsolute, relative, sep } from 'node:path'
import { findTop } from '../load/project.ts'

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

function toSlashes(path: string): string {
  return path.split(sep).join('/')
}

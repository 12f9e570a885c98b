// The folder to which the places of a report are relative.
// In: the root config's folder, the current one. Out: the path between them.
// INVARIANT: '' if both are the same folder.

import { isAbsolute, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { docsOf } from '../diagnostics/render/findings.ts'
import type { Links } from '../diagnostics/render/human.ts'
import { findTop } from '../load/project.ts'
import { packageFolder } from './version.ts'

/** For a person, whose terminal opens places: from the current folder. */
export function baseFromHere(root: string, cwd: string): string {
  return toSlashes(relative(cwd, root))
}

/** For others: from the top of the repository; without one, from the current
 * folder, if it contains the config. */
export function baseInRepository(root: string, cwd: string): string {
  const top = findTop(root)
  const base = relative(top ?? cwd, root)
  const outside = base.split(sep)[0] === '..' || isAbsolute(base)
  return outside ? '' : toSlashes(base)
}

function toSlashes(path: string): string {
  return path.split(sep).join('/')
}

/** For a terminal: to the file, and to the page of a code in this package. */
export function linksFrom(root: string): Links {
  return {
    toPlace: (file) => pathToFileURL(join(root, file)).href,
    toCode: (code) => {
      const [page = '', part = ''] = docsOf(code).split('#')
      return `${pathToFileURL(join(packageFolder(), page)).href}#${part}`
    },
  }
}

// The project that a config belongs to.
// In: a folder. Out: the top of its repository, where there is one.
// INVARIANT: only an entry named `.git` marks a repository; git keeps no such
// entry in a commit, so no pull request can move the top.

import { lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export function findTop(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    // A folder, or a file in a worktree; a broken link counts too.
    if (lstatSync(join(at, '.git'), { throwIfNoEntry: false })) return at
    if (dirname(at) === at) return undefined
  }
}

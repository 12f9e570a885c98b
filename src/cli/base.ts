// The project at another revision, in a folder of its own.
// In: the config's path and a revision. Out: a folder to compile in.
// INVARIANT: work tree, index and branches are not changed; no network; the
// folder contains nothing of today's commit, and is removed after `use`.

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { openRepository, type Repository } from './git.ts'
import { bringPackages } from './installed.ts'
import { listTree, writeTree } from './tree.ts'

export interface Base {
  /** The config's folder at that revision. */
  readonly cwd: string
  /** Full name of the commit. */
  readonly commit: string
  /** Adds the packages that are installed now. */
  readonly bring: () => Promise<void>
  /** Whether a file of this folder belongs to a package installed now. */
  readonly isInstalled: (file: string) => boolean
}

/** Tried in this order if no revision is named. */
const USUAL = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']

/** The merge base with `revision`, so that only the branch's changes count. */
export async function useBase<T>(
  folder: string,
  revision: string | undefined,
  use: (base: Base) => Promise<T>,
): Promise<T> {
  const root = realpathSync(folder)
  const repository = await findRepository(root)
  const { top } = repository
  const commit = await findCommit(repository, revision)
  const there = mkdtempSync(join(realpathSync(tmpdir()), 'gateway-base-'))
  try {
    const entries = await listTree(repository, commit)
    // Marks the end of the repository, for the imports of a config.
    mkdirSync(join(there, '.git'))
    await writeTree(repository, entries, there)
    const paths = new Set(entries.map(({ path }) => path))
    const isInstalled = (file: string) =>
      /[\\/]node_modules[\\/]/.test(file) &&
      !paths.has(relative(there, file).split(sep).join('/'))
    const cwd = join(there, relative(top, root))
    const bring = () => bringPackages(repository, root, there)
    return await use({ cwd, commit, bring, isInstalled })
  } finally {
    rmSync(there, { recursive: true, force: true })
  }
}

async function findRepository(folder: string): Promise<Repository> {
  const found = await openRepository(folder).catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Unanswerable('git is needed to compare with a revision')
  })
  if (found) return found
  throw new Unanswerable(
    `${folder} is not in a git repository; compare with --base-config FILE`,
  )
}

async function findCommit(
  repository: Repository,
  revision: string | undefined,
): Promise<string> {
  const named = revision === undefined ? USUAL : [revision]
  for (const name of named) {
    // A revision is never an option.
    const wanted = ['--verify', '--end-of-options', `${name}^{commit}`]
    const commit = await askLine(repository, 'rev-parse', ...wanted)
    if (commit === '') continue
    // A shallow clone may lack the merge base.
    return (await askLine(repository, 'merge-base', commit, 'HEAD')) || commit
  }
  if (revision === undefined) {
    throw new Unanswerable(
      'no main branch to compare with: name a revision with --base',
    )
  }
  const help =
    'in a CI job, fetch it first: `git fetch origin BRANCH`, or check out ' +
    'the whole history'
  throw new Unanswerable(`git has no revision ${revision}; ${help}`)
}

/** '' if git gives no result. */
async function askLine(
  { ask }: Repository,
  ...args: readonly string[]
): Promise<string> {
  const answer = await ask(args).catch(() => '')
  return answer.toString().trim()
}

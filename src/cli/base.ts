// The repository as it was at another revision, in a folder of its own.
// In: the config's path and a revision. Out: a folder to compile in.
// INVARIANT: the work tree, its index and its branches are not touched, no
// network is used, and the folder is gone after `use`.

import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { Unanswerable } from './verb.ts'

const run = promisify(execFile)

export interface Base {
  /** The config's folder at that revision. */
  readonly cwd: string
  /** Full name of the commit. */
  readonly commit: string
}

/** Tried in this order when nobody names one. */
const USUAL = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']

/** Where the branch left `revision`: what it changed, and nothing else. */
export async function useBase<T>(
  folder: string,
  revision: string | undefined,
  use: (base: Base) => Promise<T>,
): Promise<T> {
  const root = realpathSync(folder)
  const top = await findTop(root)
  const commit = await findCommit(top, revision)
  const there = mkdtempSync(join(realpathSync(tmpdir()), 'gateway-base-'))
  try {
    // Where the repository ends, for what a config may import.
    mkdirSync(join(there, '.git'))
    await checkOut(top, commit, there)
    linkModules(top, root, there)
    return await use({ cwd: join(there, relative(top, root)), commit })
  } finally {
    rmSync(there, { recursive: true, force: true })
  }
}

async function findTop(folder: string): Promise<string> {
  try {
    return realpathSync(await git(folder, 'rev-parse', '--show-toplevel'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Unanswerable('git is needed to compare with a revision')
    }
    throw new Unanswerable(
      `${folder} is in no git repository; compare with --base-config FILE`,
    )
  }
}

async function findCommit(
  top: string,
  revision: string | undefined,
): Promise<string> {
  const named = revision === undefined ? USUAL : [revision]
  for (const name of named) {
    const commit = await resolve(top, name)
    if (commit === undefined) continue
    // A shallow clone may not have the place where the branch left.
    const fork = await git(top, 'merge-base', commit, 'HEAD').catch(() => '')
    return fork || commit
  }
  if (revision === undefined) {
    throw new Unanswerable(
      'no main branch to compare with: name a revision with --base',
    )
  }
  const help =
    'in a CI job, fetch it first: `git fetch origin BRANCH`, or check out ' +
    'with the whole history'
  throw new Unanswerable(`git knows no revision ${revision}; ${help}`)
}

async function resolve(
  top: string,
  revision: string,
): Promise<string | undefined> {
  // A revision is never an option.
  const name = `${revision}^{commit}`
  return git(top, 'rev-parse', '--verify', '--end-of-options', name).catch(
    () => undefined,
  )
}

/** Through an index of its own, so that none of the user's is used. */
async function checkOut(
  top: string,
  commit: string,
  there: string,
): Promise<void> {
  const env = { GIT_INDEX_FILE: join(there, '.gateway-index') }
  await gitWith(env, top, 'read-tree', commit)
  await gitWith(
    env,
    top,
    'checkout-index',
    '--all',
    '--force',
    `--prefix=${there}/`,
  )
}

/** Packages that the config imports: today's, for they are not in git. */
function linkModules(top: string, root: string, there: string): void {
  for (let at = root; ; at = dirname(at)) {
    const modules = join(at, 'node_modules')
    const link = join(there, relative(top, at), 'node_modules')
    if (existsSync(modules) && existsSync(dirname(link)) && !existsSync(link)) {
      symlinkSync(modules, link, 'junction')
    }
    if (at === top || dirname(at) === at) return
  }
}

function git(cwd: string, ...args: readonly string[]): Promise<string> {
  return gitWith({}, cwd, ...args)
}

async function gitWith(
  env: Readonly<Record<string, string>>,
  cwd: string,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await run('git', [...args], {
    cwd,
    // Large files would come over the network.
    env: { ...process.env, GIT_LFS_SKIP_SMUDGE: '1', ...env },
    maxBuffer: 2 ** 20,
  })
  return stdout.trim()
}

// The one way to ask git.
// In: a folder, then arguments of git. Out: what git writes.
// INVARIANT: nothing that a commit holds chooses what runs: the repository is
// that of a `.git`, and no hook, filter, monitor, helper or transport is used.

import { execFile } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { findTop } from '../load/project.ts'
import { readRegularText } from '../regular.ts'

const run = promisify(execFile)

export interface Repository {
  /** Real and absolute. */
  readonly top: string
  readonly ask: Ask
}

/** Rejects when git fails. Paths count from the top. */
type Ask = (
  args: readonly string[],
  options?: {
    /** For its standard input. */
    readonly input?: string
    /** Bytes that git may write. */
    readonly most?: number
    /** Milliseconds. */
    readonly timeout?: number
  },
) => Promise<Buffer>

/** The work tree's attributes name no program by themselves; those of the
 * user's own file are not needed for what is asked here. */
const SETTINGS = [
  'safe.bareRepository=explicit',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.untrackedCache=false',
  'protocol.allow=never',
  'credential.helper=',
].flatMap((setting) => ['-c', setting])

const FLAGS = ['--no-pager', '--no-optional-locks', '--literal-pathspecs']

/** What git needs of the environment, and nothing that begins with GIT_. */
const INHERITED = [
  'HOME',
  'USERPROFILE',
  'XDG_CONFIG_HOME',
  'SystemRoot',
  'TEMP',
  'TMP',
  'TMPDIR',
]

const LOCAL = Object.freeze({
  LC_ALL: 'C',
  GIT_NO_LAZY_FETCH: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ATTR_NOSYSTEM: '1',
})

const MAX = 64 * 2 ** 20

/** Undefined where no repository is, or git does not take it for one: also one
 * of another user that `safe.directory` does not name. Rejects with ENOENT
 * where there is no git. */
export async function openRepository(
  folder: string,
): Promise<Repository | undefined> {
  const found = findTop(realpathSync(folder))
  if (found === undefined) return undefined
  const top = realpathSync(found)
  const named = nameGitFolder(top)
  if (named === undefined) return undefined
  // Git looks for itself once, since it asks for the owner only then.
  const look = ['-C', top, 'rev-parse', '--absolute-git-dir']
  const seen = await askGit(
    top,
    { GIT_CEILING_DIRECTORIES: dirname(top) },
    look,
  )
    .then((answer) => realpathSync(answer.toString().trim()))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw error
      return undefined
    })
  if (seen !== named) return undefined
  const place = {
    GIT_DIR: named,
    GIT_WORK_TREE: top,
    GIT_CONFIG_NOSYSTEM: '1',
  }
  return { top, ask: (args, how) => askGit(top, place, args, how) }
}

/** The folder of the repository itself: `.git`, or where that file leads. */
function nameGitFolder(top: string): string | undefined {
  const mark = join(top, '.git')
  const status = statSync(mark, { throwIfNoEntry: false })
  if (!status) return undefined
  if (status.isDirectory()) return realpathSync(mark)
  const [, path] = /^gitdir: (.+)/.exec(readRegularText(mark)) ?? []
  return path === undefined ? undefined : realpathSync(resolve(top, path))
}

async function askGit(
  top: string,
  place: Readonly<Record<string, string>>,
  args: readonly string[],
  { input = '', most = MAX, timeout = 0 }: Parameters<Ask>[1] = {},
): Promise<Buffer> {
  const asked = run('git', [...FLAGS, ...SETTINGS, ...args], {
    // Windows looks there for git first.
    cwd: dirname(process.execPath),
    env: { ...inherit(top), ...LOCAL, ...place },
    encoding: 'buffer',
    maxBuffer: most,
    timeout,
    windowsHide: true,
  })
  // Git may end before it has read everything: its exit code says why.
  asked.child.stdin?.on('error', () => {})
  asked.child.stdin?.end(input)
  return (await asked).stdout
}

function inherit(top: string): Record<string, string> {
  const { env } = process
  const kept = INHERITED.flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  // A package script has node_modules/.bin of the project in its path.
  const path = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !liesIn(top, folder))
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) }
}

function liesIn(top: string, folder: string): boolean {
  return [folder, realOf(folder)].some((one) =>
    `${resolve(one)}${sep}`.startsWith(top.endsWith(sep) ? top : top + sep),
  )
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

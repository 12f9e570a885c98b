// Runs git; no other module does.
// In: a folder, then arguments for git. Out: git's output.
// INVARIANT: the content of a commit cannot choose a program: the repository
// comes from a `.git`; no hook, filter, monitor, helper or transport runs.

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

/** Rejects if git fails. Paths are relative to the top. */
type Ask = (
  args: readonly string[],
  options?: {
    /** For its standard input. */
    readonly input?: string
    /** Bounds git's output, in bytes. */
    readonly most?: number
    /** Milliseconds. */
    readonly timeout?: number
  },
) => Promise<Buffer>

/** The attributes of the work tree name no program by themselves; the user's
 * own attributes file is not needed here. */
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

/** The variables that git needs, and none that begins with GIT_. */
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

/** Undefined if there is no repository, or if git refuses it, such as one of
 * another user that `safe.directory` does not name. Rejects with ENOENT if git
 * is not installed. */
export async function openRepository(
  folder: string,
): Promise<Repository | undefined> {
  const found = findTop(realpathSync(folder))
  if (found === undefined) return undefined
  const top = realpathSync(found)
  const named = nameGitFolder(top)
  if (named === undefined) return undefined
  // Git searches once by itself, because only then it checks the owner.
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

/** The folder of the repository: `.git`, or the folder named in that file. */
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
    // On Windows git is searched for there first.
    cwd: dirname(process.execPath),
    env: { ...inherit(top), ...LOCAL, ...place },
    encoding: 'buffer',
    maxBuffer: most,
    timeout,
    windowsHide: true,
  })
  // Git may end before it has read all input: its exit code gives the cause.
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
  // A package script has the project's node_modules/.bin in PATH.
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

// Where a table came from: for the audit, so that a record leads to a commit.
// In: the root folder and the files that were compiled. Out: an Origin.
// INVARIANT: asks git only, and only reads; without git the hashes stand alone.

import { execFile } from 'node:child_process'
import { relative } from 'node:path'
import { promisify } from 'node:util'
import { hashEach } from './watch.ts'

export interface Origin {
  /** Commit, with `-dirty` when a compiled file differs from it. */
  readonly revision: string | null
  /** Path relative to the root folder → SHA-256. */
  readonly files: Readonly<Record<string, string>>
}

export async function describeOrigin(
  root: string,
  files: readonly string[],
): Promise<Origin> {
  const hashes = [...hashEach(files)].map(
    ([file, hash]) => [relative(root, file), hash] as const,
  )
  const named = Object.fromEntries(hashes)
  const commit = await askGit(root, ['rev-parse', 'HEAD'])
  if (commit === undefined) return { revision: null, files: named }
  const paths = Object.keys(named)
  const status = ['status', '--porcelain', '--', ...paths]
  const dirty = paths.length > 0 && (await askGit(root, status)) !== ''
  return { revision: dirty ? `${commit}-dirty` : commit, files: named }
}

async function askGit(
  folder: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const options = { cwd: folder, timeout: 2_000 }
    const { stdout } = await promisify(execFile)('git', [...args], options)
    return stdout.trim()
  } catch {
    return undefined
  }
}

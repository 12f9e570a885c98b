// The origin of a table, for the audit: so a record leads to a commit.
// In: the root folder and the compiled files. Out: an Origin.
// INVARIANT: only reads, and runs no filter: a file is compared by its own
// bytes; without git there are only the hashes.

import { createHash } from 'node:crypto'
import { readlinkSync, realpathSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { readRegular } from '../regular.ts'
import { openRepository } from './git.ts'
import { hashEach } from './watch.ts'

export interface Origin {
  /** Commit, with `-dirty` if a compiled file differs from it. */
  readonly revision: string | null
  /** Path relative to the root folder → SHA-256. */
  readonly files: Readonly<Record<string, string>>
}

export async function describeOrigin(
  root: string,
  files: readonly string[],
): Promise<Origin> {
  const hashes = hashEach(files)
  const named = Object.fromEntries(
    [...hashes].map(([file, hash]) => [relative(root, file), hash]),
  )
  const revision = await describeRevision(root, hashes).catch(() => null)
  return { revision, files: named }
}

async function describeRevision(
  root: string,
  hashes: ReadonlyMap<string, string>,
): Promise<string | null> {
  const repository = await openRepository(root)
  if (!repository) return null
  const ask = async (...args: readonly string[]) =>
    (await repository.ask(args, { timeout: 2_000 })).toString()
  const commit = (await ask('rev-parse', '--verify', 'HEAD')).trim()
  const dirty = await isDirty(repository.top, hashes, ask).catch(() => true)
  return dirty ? `${commit}-dirty` : commit
}

type AskText = (...args: readonly string[]) => Promise<string>

async function isDirty(
  top: string,
  hashes: ReadonlyMap<string, string>,
  ask: AskText,
): Promise<boolean> {
  const paths = new Map(
    [...hashes].flatMap(([file, hash]) =>
      [file, realpathSync(file)].map((one) => [toPath(top, one), hash]),
    ),
  )
  const names = [...paths.keys()]
  if (names.length === 0) return false
  if (names.some(isOutside)) return true
  const listed = await ask('ls-tree', '-z', 'HEAD', '--', ...names)
  const unknown = new Set(names)
  for (const [, mode = '', id = '', name = ''] of listed.matchAll(ENTRY)) {
    unknown.delete(name)
    if (isSame(join(top, name), mode, id)) continue
    if (!(await isStored(id, paths.get(name), ask))) return true
  }
  if (unknown.size === 0) return false
  const others = ['-z', '--cached', '--others', '--exclude-standard', '--']
  return (await ask('ls-files', ...others, ...unknown)) !== ''
}

const ENTRY = /(\d+) \w+ ([0-9a-f]+)\t([^\0]+)\0/g

function isOutside(name: string): boolean {
  return name.split('/')[0] === '..' || isAbsolute(name)
}

function toPath(top: string, file: string): string {
  const folder = realpathSync(join(file, '..'))
  const name = file.slice(file.lastIndexOf(sep) + 1)
  return relative(top, join(folder, name)).split(sep).join('/')
}

function isSame(file: string, mode: string, id: string): boolean {
  if (mode === '120000')
    return nameBlob(readlinkSync(file, 'buffer'), id) === id
  const bytes = readRegular(file)
  if (nameBlob(bytes, id) === id) return true
  // The form of a checkout on Windows.
  const text = bytes.toString('latin1').replaceAll('\r\n', '\n')
  return nameBlob(Buffer.from(text, 'latin1'), id) === id
}

/** The name of a content in git; `like` is a name of the repository. */
function nameBlob(bytes: Uint8Array, like: string): string {
  return createHash(like.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex')
}

/** Git LFS commits the hash of a file in its place. */
async function isStored(
  id: string,
  hash: string | undefined,
  ask: AskText,
): Promise<boolean> {
  const text = await ask('cat-file', 'blob', id)
  const [, stored] =
    /^version https:\/\/git-lfs\..*\noid sha256:(\w+)\n/.exec(text) ?? []
  return stored !== undefined && stored === hash
}

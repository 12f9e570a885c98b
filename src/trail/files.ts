// The files of one audit trail on the disk, plain or compressed.
// In: the live file's path, and an instant. Out: files to read, oldest first.
// INVARIANT: a file is skipped only if by its name all its records are too old;
// a file outside the trail is never opened.

import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listTrail, readRotated } from '../contract/audit-files.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'

export interface TrailFile {
  readonly path: string
  readonly gzip: boolean
  /** No record in it is younger; absent for the live file. */
  readonly until?: number
}

const GZIP = '.gz'

/** `live` is absolute. */
export function listFiles(
  live: string,
  since = -Infinity,
): readonly TrailFile[] {
  const folder = dirname(live)
  const files = listCopies(basename(live), readNames(folder)).map((name) =>
    describeFile(live, join(folder, name)),
  )
  if (files.length === 0) {
    throw new Unanswerable(
      `there is no audit at ${live}; name the live audit file with --file`,
    )
  }
  return files.filter(({ until = Infinity }) => until >= since)
}

/** The files of the trail among `names`: each once, compressed or not. */
export function listCopies(
  live: string,
  names: readonly string[],
): readonly string[] {
  // Only rotated files are ever compressed.
  const plain = names
    .map(stripGzip)
    .filter((name) => names.includes(name) || name !== live)
  return listTrail(live, [...new Set(plain)]).map((name) =>
    names.includes(name) ? name : `${name}${GZIP}`,
  )
}

function describeFile(live: string, path: string): TrailFile {
  const name = stripGzip(basename(path))
  const rotated = readRotated(basename(live), name)
  const gzip = path.endsWith(GZIP)
  if (!rotated) return { path, gzip }
  return { path, gzip, until: Date.parse(rotated.until) }
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Unanswerable(
      code === 'ENOENT'
        ? `there is no audit folder ${folder}`
        : `cannot read ${folder}: ${code}`,
    )
  }
}

function stripGzip(name: string): string {
  return name.endsWith(GZIP) ? name.slice(0, -GZIP.length) : name
}

// The files of a trail in the order in which they are read.
// In: the live file, or named files. Out: sources in order.
// INVARIANT: a rotation by a running gateway leaves no gap: the live file is
// open before the others are listed.

import { readdirSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { headOf, readHead } from '../runtime/audit/tail.ts'
import { readEntry } from './entry.ts'
import { listCopies } from './files.ts'
import { readLines } from './lines.ts'

export interface TrailFile {
  /** Absolute. */
  readonly path: string
  readonly source: string | FileHandle
}

export interface HeadLine {
  readonly seq: number
  readonly line: Buffer
}

export interface OpenTrail {
  readonly files: readonly TrailFile[]
  /** Absent: there is no head file. */
  readonly head: HeadLine | undefined
  /** The whole trail of a gateway; otherwise files that somebody named. */
  readonly whole: boolean
}

/** All files of the trail whose live file is `live`. */
export async function openTrail(live: string): Promise<OpenTrail> {
  const head = readHeadLine(headOf(live))
  const handle = await openLive(live)
  const own = handle && (await handle.stat()).ino
  const folder = dirname(live)
  const names = listCopies(basename(live), listFolder(folder))
  const files = names
    .map((name) => ({ path: join(folder, name), source: join(folder, name) }))
    // Renamed meanwhile: it is the open file, which comes last.
    .filter(({ path }) => inodeOf(path) !== own && path !== live)
  if (files.length === 0 && !handle && !head) {
    throw new Unanswerable(`there is no audit file ${live}`)
  }
  const last = handle ? [{ path: live, source: handle }] : []
  return { files: [...files, ...last], head, whole: true }
}

/** Absent: there is none; the gateway may be about to create one. */
async function openLive(live: string): Promise<FileHandle | undefined> {
  const there = statSync(live, { throwIfNoEntry: false })
  if (there && !there.isFile()) throw new Unanswerable(`${live} is not a file`)
  return open(live).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new Unanswerable(error.message)
  })
}

/** Files in any order: their first records give the order. */
export async function openFiles(paths: readonly string[]): Promise<OpenTrail> {
  const begun = []
  for (const path of paths) {
    begun.push({ path, source: path, seq: await readFirst(path) })
  }
  const heads = paths.flatMap((path) => readHeadLine(headOf(path)) ?? [])
  return {
    files: begun.sort((a, b) => a.seq - b.seq),
    head: heads.at(-1),
    whole: false,
  }
}

/** `seq` of its first line; 0 if that is not a record. A changed trail still
 * has some record; a file without any was never a trail. */
async function readFirst(path: string): Promise<number> {
  let lines = 0
  let seq: number | undefined
  let isTrail = false
  await readLines(path, ({ bytes, whole }) => {
    const entry = readEntry(bytes)
    if (lines++ === 0 && whole) seq = entry?.seq
    isTrail = entry !== undefined
    return !isTrail
  }).catch((error: Error) => {
    throw new Unanswerable(error.message)
  })
  if (lines === 0 || isTrail) return seq ?? 0
  throw new Unanswerable(
    plain`${path} is not an audit trail: no line of it is a record\nhelp: name audit files, such as the config's \`audit.file\` and the rotated files beside it`,
  )
}

/** Absent: there is no such file, or it contains no checkpoint. */
export function readHeadLine(path: string): HeadLine | undefined {
  const head = readHead(path)
  const line = head && Buffer.from(head.line)
  const seq = head && /"seq":(\d+),/.exec(head.line)?.[1]
  return line && seq !== undefined ? { seq: Number(seq), line } : undefined
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

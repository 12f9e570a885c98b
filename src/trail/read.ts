// Reads an audit trail from start to end, and follows it as it grows.
// In: the live file's path, a scanner. Out: every byte pushed, oldest first.
// INVARIANT: a rotation during reading neither repeats nor loses a line; one
// chunk is in memory at a time.

import {
  closeSync,
  createReadStream,
  fstatSync,
  readSync,
  statSync,
} from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { openRegular } from '../regular.ts'
import { listFiles, type TrailFile } from './files.ts'
import type { LineScanner } from './scan.ts'

export interface Reading {
  /** Absolute. */
  readonly live: string
  readonly scanner: LineScanner
  readonly since?: number | undefined
  /** Called after each chunk: showing results may take time. */
  readonly pause: () => Promise<void>
  /** Whether no later data can matter. */
  readonly done?: () => boolean
  /** Present: follow the live file as it grows, until the abort. */
  readonly follow?: AbortSignal | undefined
  /** Called when all existing data is read, and reading waits for more. */
  readonly idle?: () => void
}

const CHUNK = 2 ** 20
const POLL_MS = 200

export async function readTrail(reading: Reading): Promise<void> {
  const { live, since, follow } = reading
  if (live.endsWith('.gz')) return readFile({ path: live, gzip: true }, reading)
  // There is a file, or the error is that there is none.
  listFiles(live)
  const seen = new Set<string>()
  for (;;) {
    const next = findRotated(live, since, seen)
    if (next) {
      seen.add(next.path)
      await readFile(next, reading)
      if (reading.done?.()) return
      continue
    }
    const descriptor = openLive(live)
    if (descriptor === undefined) {
      if (!follow || follow.aborted) return
      await rest(follow)
      continue
    }
    try {
      // Renamed between the listing and the opening: the old file comes first.
      const missed = findRotated(live, since, seen)
      if (missed && !isSame(descriptor, missed.path)) continue
      await readLive(descriptor, reading)
      if (reading.done?.()) return
      const renamed = findRotated(live, since, seen)
      // Only this file: one that was rotated after it is still to be read.
      if (renamed && isSame(descriptor, renamed.path)) seen.add(renamed.path)
      else if (!follow || follow.aborted) return
    } finally {
      closeSync(descriptor)
    }
  }
}

function findRotated(
  live: string,
  since: number | undefined,
  seen: ReadonlySet<string>,
): TrailFile | undefined {
  return listFiles(live, since).find(
    ({ path, until }) => until !== undefined && !seen.has(path),
  )
}

function openLive(live: string): number | undefined {
  try {
    if (!statSync(live).isFile()) {
      throw new Unanswerable(`${live} is not a file that can be read again`)
    }
    return openRegular(live)
  } catch (error) {
    // An archived trail has no live file.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function isSame(descriptor: number, path: string): boolean {
  const own = fstatSync(descriptor)
  const other = statSync(path, { throwIfNoEntry: false })
  return other?.ino === own.ino && other.dev === own.dev
}

async function readFile(
  { path, gzip }: TrailFile,
  { scanner, pause, done }: Reading,
): Promise<void> {
  const file = createReadStream('', {
    fd: openRegular(path),
    highWaterMark: CHUNK,
  })
  const plain = gzip ? file.pipe(createGunzip({ chunkSize: CHUNK })) : file
  if (gzip) file.on('error', (error) => plain.destroy(error))
  scanner.open(path)
  try {
    for await (const chunk of plain) {
      scanner.push(chunk as Buffer)
      await pause()
      if (done?.()) return
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // Retention deletes whole files; what was read of a broken archive counts.
    if (code !== 'ENOENT' && !code.startsWith('Z_')) throw error
    if (code !== 'ENOENT') scanner.spoil()
  }
  scanner.close(false)
}

/** Returns at its end; with `follow`, after a rename, or at the abort. */
async function readLive(descriptor: number, reading: Reading): Promise<void> {
  const { live, scanner, follow, idle, done } = reading
  scanner.open(live)
  let position = 0
  for (;;) {
    // Checked before reading: after a rename nothing more is written to it.
    const renamed = !isSame(descriptor, live)
    position = Math.min(position - scanner.forget(), fstatSync(descriptor).size)
    position = await readOn(descriptor, position, reading)
    if (done?.() || follow?.aborted) return scanner.close(true)
    if (renamed) return scanner.close(false)
    if (follow) {
      idle?.()
      await rest(follow)
    } else if (isSame(descriptor, live)) return scanner.close(true)
  }
}

/** Waits for the next read, or the end, whichever comes first. */
async function rest(signal: AbortSignal): Promise<void> {
  await wait(POLL_MS, undefined, { signal }).catch(() => undefined)
}

async function readOn(
  descriptor: number,
  from: number,
  { scanner, pause, follow, done }: Reading,
): Promise<number> {
  let position = from
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK)
    const length = readSync(descriptor, chunk, 0, CHUNK, position)
    if (length === 0) return position
    scanner.push(chunk.subarray(0, length))
    position += length
    await pause()
    if (follow?.aborted || done?.()) return position
  }
}

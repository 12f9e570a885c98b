// The last use of each token, by the audit of this host.
// In: the audit file. Out: token id → instant, and how far back was read.
// INVARIANT: bounded: only the newest records are read, a piece at a time.

import { createReadStream, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { openRegular } from '../regular.ts'

export interface LastUses {
  readonly uses: ReadonlyMap<string, string>
  /** Instant of the oldest record that was read. */
  readonly since: string
}

const MAX_BYTES = 256 * 1024 * 1024

const STAMP = /^\{"ts":"([0-9TZ:.-]{20,30})"/
const USE = /"event":"(?:intent|outcome)".*?[,{]"tokenId":"([a-z0-9]{12})"/

/** Undefined if there is no audit. */
export async function readLastUses(
  live: string,
): Promise<LastUses | undefined> {
  const uses = new Map<string, string>()
  let since: string | undefined
  let left = MAX_BYTES
  for (const { path, size } of listFiles(live)) {
    if (left <= 0) break
    const first = await readFile(path, Math.max(0, size - left), uses)
    if (first !== undefined && !(since && since < first)) since = first
    left -= size
  }
  return since === undefined ? undefined : { uses, since }
}

/** The live file and the rotated files, newest first. */
function listFiles(live: string) {
  const end = extname(live)
  const stem = basename(live, end)
  let names: readonly string[]
  try {
    names = readdirSync(dirname(live))
  } catch {
    return []
  }
  return names
    .filter((name) => name.startsWith(`${stem}.`) && name.endsWith(end))
    .map((name) => {
      const path = join(dirname(live), name)
      const { size, mtimeMs } = statSync(path)
      return { path, size, mtimeMs }
    })
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
}

/** Adds instants that are later than known ones; returns the first instant. */
async function readFile(
  path: string,
  start: number,
  uses: Map<string, string>,
): Promise<string | undefined> {
  let first: string | undefined
  const input = createReadStream('', { fd: openRegular(path), start })
  for await (const line of createInterface({ input })) {
    const stamp = STAMP.exec(line)?.[1]
    if (stamp === undefined) continue
    first ??= stamp
    const id = USE.exec(line)?.[1]
    if (id !== undefined && !((uses.get(id) ?? '') > stamp)) uses.set(id, stamp)
  }
  return first
}

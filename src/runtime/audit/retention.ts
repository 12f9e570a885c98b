// Decides which files of an audit trail `audit.keep` deletes, and how much disk
// is free.
// INVARIANT: files are deleted oldest first, so that the chain has no gap.

import { readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listRotated } from '../../contract/audit-files.ts'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Position } from './chain.ts'
import { readFirstLine } from './tail.ts'

export interface Retention {
  /** Files to delete, oldest first. */
  readonly files: readonly string[]
  /** The first record that remains. */
  readonly first: { readonly seq: number; readonly prevHash: string }
}

interface Plan {
  /** Absent if no file is to be deleted. */
  readonly retention: Retention | undefined
  /** Bytes over `keep.size` that stay because they are too young. */
  readonly excess: number
}

/** Younger files exceed `keep.size` and stay: a flood by one caller must not
 * delete its own traces. A full disk is reported. */
const LEAST_AGE_MS = 86_400_000

/** `last`: the position of the last record. */
export function planRetention(
  file: string,
  keep: AuditSettings['keep'],
  now: number,
  last: Position,
): Plan {
  const folder = dirname(file)
  const rotated = listRotated(basename(file), readdirSync(folder))
  const sizes = [...rotated.map(({ name }) => join(folder, name)), file].map(
    (path) => statSync(path).size,
  )
  let total = sizes.reduce((sum, size) => sum + size, 0)
  let count = 0
  for (const { until } of rotated) {
    const age = now - Date.parse(until)
    const isMore = total > keep.size && age >= LEAST_AGE_MS
    if (age <= keep.age && !isMore) break
    total -= sizes[count++] ?? 0
  }
  const excess = Math.max(0, total - keep.size)
  if (count === 0) return { retention: undefined, excess }
  const names = rotated.map(({ name }) => name)
  const rest = [...names.slice(count), basename(file)]
  const next = { seq: last.seq + 1, prevHash: last.hash }
  const first = findFirst(folder, rest) ?? next
  return { retention: { files: names.slice(0, count), first }, excess }
}

function findFirst(
  folder: string,
  names: readonly string[],
): Retention['first'] | undefined {
  for (const name of names) {
    const line = readFirstLine(join(folder, name))
    if (!line) continue
    const { seq, prevHash } = JSON.parse(line.toString())
    return { seq, prevHash }
  }
  return undefined
}

/** Throws at the first file that cannot be deleted, so that no gap is left. */
export function deleteFiles(file: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(dirname(file), name))
}

/** Below the first share the disk is low, until it is above the second. */
const LOW_FREE = 0.1
const ENOUGH_FREE = 0.12

export type FreeShare = (path: string) => number

export const freeShare: FreeShare = (path) => {
  const { bavail, blocks } = statfsSync(path)
  return blocks === 0 ? 1 : bavail / blocks
}

export class Space {
  readonly #path: string
  readonly #readShare: FreeShare
  #free = 1
  #low = false

  constructor(path: string, readShare: FreeShare) {
    this.#path = path
    this.#readShare = readShare
  }

  /** Absent if there is enough. */
  get problem(): string | undefined {
    if (!this.#low) return undefined
    return `${Math.floor(this.#free * 100)} % of its disk are free`
  }

  /** Measures; true if the problem began or ended. */
  measure(): boolean {
    this.#free = this.#readShare(this.#path)
    const low = this.#free < (this.#low ? ENOUGH_FREE : LOW_FREE)
    const isNew = low !== this.#low
    this.#low = low
    return isNew
  }
}

// What is kept of an audit trail, and how much room it has left.
// In: the live file, the bounds, the time, its disk. Out: names of files that are
// older, or more, than `audit.keep` says; whether little space is free.

import { readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listRotated } from '../../contract/audit-files.ts'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Position } from './chain.ts'
import { readFirstLine } from './tail.ts'

export interface Retention {
  /** To be deleted, oldest first. */
  readonly files: readonly string[]
  /** The first record that remains. */
  readonly first: { readonly seq: number; readonly prevHash: string }
}

export interface Plan {
  /** Absent: all may stay. */
  readonly retention: Retention | undefined
  /** Bytes over `keep.size` that stay, for they are too young. */
  readonly excess: number
}

/** A flood of one caller does not push out what is younger, its own records
 * included: the size is exceeded, and a disk that fills is told. */
const LEAST_AGE_MS = 86_400_000

/** `last`: the trail's last record so far. */
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

/** Stops at the first that cannot be deleted, so that no hole is left. */
export function deleteFiles(file: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(dirname(file), name))
}

/** Less is little, and stays so until there is a bit more. */
const LEAST_FREE = 0.1
const ENOUGH_FREE = 0.12

export type FreeShare = (path: string) => number

export const freeShare: FreeShare = (path) => {
  const { bavail, blocks } = statfsSync(path)
  return blocks === 0 ? 1 : bavail / blocks
}

export class Space {
  readonly #path: string
  readonly #measure: FreeShare
  #free = 1
  #low = false

  constructor(path: string, measure: FreeShare) {
    this.#path = path
    this.#measure = measure
  }

  /** Absent: there is enough. */
  get problem(): string | undefined {
    if (!this.#low) return undefined
    return `${Math.floor(this.#free * 100)} % of its disk are free`
  }

  /** Whether that is news. */
  look(): boolean {
    this.#free = this.#measure(this.#path)
    const low = this.#free < (this.#low ? ENOUGH_FREE : LEAST_FREE)
    const isNew = low !== this.#low
    this.#low = low
    return isNew
  }
}

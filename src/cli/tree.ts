// The files of a commit, written to a folder.
// In: a commit and an empty folder. Out: its entries, and the files there.
// INVARIANT: bytes as committed: no filter, attribute or submodule is followed,
// and no path leads out of the folder.

import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { MAX_BYTES } from '../regular.ts'
import type { Repository } from './git.ts'

export interface Entry {
  /** From the top, with `/`. */
  readonly path: string
  readonly mode: string
  /** Digest of its content. */
  readonly id: string
  /** Bytes; NaN if git does not have them here. */
  readonly size: number
}

const ENTRY = /(\d+) (\w+) ([0-9a-f]+) +(\S+)\t([^\0]+)\0/g

const LINK = '120000'

/** Bytes of a listing, and of the files that are read together. */
const MAX = Object.freeze({ listing: 2 ** 29, together: 32 * 2 ** 20 })

export async function listTree(
  { ask }: Repository,
  commit: string,
): Promise<readonly Entry[]> {
  const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', commit]
  const listed = (await ask(args, { most: MAX.listing })).toString()
  return [...listed.matchAll(ENTRY)]
    .filter(([, , type]) => type === 'blob')
    .map(([, mode = '', , id = '', size, path = '']) => {
      return { path, mode, id, size: Number(size) }
    })
}

export async function writeTree(
  repository: Repository,
  entries: readonly Entry[],
  there: string,
): Promise<void> {
  for (const { path, size } of entries) {
    if (Number.isNaN(size))
      refuse(`${path} is not in this clone: fetch it first`)
    if (path.split(/[\\/]/).some(isOdd))
      refuse(`${path} is not a path that can be written`)
  }
  const sorted = [
    ...entries.filter(({ mode }) => mode !== LINK),
    // Links come last, so that nothing is written through one.
    ...entries.filter(({ mode }) => mode === LINK),
  ]
  const small = sorted.filter(({ size }) => size <= MAX_BYTES)
  for (const { path, size } of sorted) {
    if (size > MAX_BYTES) writeHollow(join(there, path), size)
  }
  for (const group of groupBySize(small)) {
    const contents = await readBlobs(repository, group)
    group.forEach((entry, index) => {
      write(there, entry, contents[index] ?? Buffer.alloc(0))
    })
  }
}

function refuse(what: string): never {
  throw new Unanswerable(`the base cannot be read: ${what}`)
}

function isOdd(name: string): boolean {
  return ['', '.', '..', '.git'].includes(name.toLowerCase())
}

/** A file that is too large is refused by its size. */
function writeHollow(file: string, size: number): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
  truncateSync(file, size)
}

function write(there: string, { path, mode }: Entry, bytes: Buffer): void {
  const file = join(there, path)
  mkdirSync(dirname(file), { recursive: true })
  if (mode === LINK) symlinkSync(bytes.toString(), file)
  else writeFileSync(file, bytes)
}

function groupBySize(entries: readonly Entry[]): readonly Entry[][] {
  const groups: Entry[][] = []
  let room = 0
  for (const entry of entries) {
    room -= entry.size + 100
    if (room < 0) {
      groups.push([])
      room = MAX.together - entry.size
    }
    groups.at(-1)?.push(entry)
  }
  return groups
}

async function readBlobs(
  { ask }: Repository,
  entries: readonly Entry[],
): Promise<readonly Buffer[]> {
  const input = entries.map(({ id }) => `${id}\n`).join('')
  const most = MAX.together + MAX_BYTES + 200 * entries.length
  const answer = await ask(['cat-file', '--batch'], { input, most })
  let at = 0
  return entries.map(({ id, size, path }) => {
    const begin = answer.indexOf('\n', at) + 1
    const head = answer.toString('latin1', at, begin)
    if (head !== `${id} blob ${size}\n`)
      refuse(`git has no content for ${path}`)
    at = begin + size + 1
    return answer.subarray(begin, begin + size)
  })
}

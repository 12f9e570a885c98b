// How a file of lines ends and begins, without reading all of it.
// In: a path. Out: its last whole line, and what stands after it.
// INVARIANT: reads backwards in blocks until a newline; changes nothing.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export interface Ending {
  readonly size: number
  /** The last line that ends in a newline, without it. */
  readonly line: Buffer | undefined
  /** What follows: a line that a crash cut. */
  readonly torn: Buffer
}

const BLOCK = 64 * 1024
const NEWLINE = 10

export function readEnding(file: string): Ending {
  return use(file, (descriptor) => {
    const { size } = fstatSync(descriptor)
    let tail = Buffer.alloc(0)
    let from = size
    // The newline before the last whole line, and the one that ends it.
    while (from > 0 && countNewlines(tail) < 2) {
      const length = Math.min(BLOCK, from)
      from -= length
      tail = Buffer.concat([readAt(descriptor, from, length), tail])
    }
    const end = tail.lastIndexOf(NEWLINE)
    const torn = tail.subarray(end + 1)
    if (end === -1) return { size, line: undefined, torn }
    const begin = end === 0 ? 0 : tail.lastIndexOf(NEWLINE, end - 1) + 1
    return { size, line: tail.subarray(begin, end), torn }
  })
}

/** The first line; absent where there is no whole one. */
export function readFirstLine(file: string): Buffer | undefined {
  return use(file, (descriptor) => {
    let text = Buffer.alloc(0)
    for (;;) {
      const block = readAt(descriptor, text.length, BLOCK)
      const end = block.indexOf(NEWLINE)
      text = Buffer.concat([text, end === -1 ? block : block.subarray(0, end)])
      if (end !== -1) return text
      if (block.length === 0) return undefined
    }
  })
}

/** Whether `line` and its newline stand at `offset` of a file. */
export function holdsLineAt(
  file: string,
  line: string,
  offset: number,
): boolean {
  const bytes = Buffer.from(`${line}\n`)
  return use(file, (descriptor) =>
    readAt(descriptor, offset, bytes.length).equals(bytes),
  )
}

function use<T>(file: string, read: (descriptor: number) => T): T {
  const descriptor = openSync(file, 'r')
  try {
    return read(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readAt(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const read = readSync(descriptor, bytes, got, length - got, from + got)
    if (read === 0) break
    got += read
  }
  return bytes.subarray(0, got)
}

function countNewlines(bytes: Buffer): number {
  const last = bytes.lastIndexOf(NEWLINE)
  if (last === -1) return 0
  return last > 0 && bytes.lastIndexOf(NEWLINE, last - 1) !== -1 ? 2 : 1
}

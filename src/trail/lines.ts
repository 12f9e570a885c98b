// The lines of a file of any size, one after another.
// In: a path, perhaps of a compressed file, or an open file. Out: lines as
// bytes, without their newline.
// INVARIANT: memory holds one block and one line; a line is bounded too.

import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { openRegular } from '../regular.ts'

export interface Line {
  readonly bytes: Buffer
  /** From 1. */
  readonly number: number
  /** False: the file ends with this line, without a newline. */
  readonly whole: boolean
}

const BLOCK = 256 * 1024
/** More than a record can have, because a request has its own cap. */
const LONGEST = 2 ** 28
const NEWLINE = 10

export async function readLines(
  source: string | FileHandle,
  see: (line: Line) => boolean,
): Promise<void> {
  let rest: Buffer[] = []
  let held = 0
  let number = 0
  for await (const block of openBytes(source)) {
    let from = 0
    for (;;) {
      const end = block.indexOf(NEWLINE, from)
      if (end === -1) break
      const piece = block.subarray(from, end)
      const bytes = held === 0 ? piece : Buffer.concat([...rest, piece])
      rest = []
      held = 0
      from = end + 1
      if (!see({ bytes, number: ++number, whole: true })) return
    }
    if (from === block.length) continue
    rest.push(block.subarray(from))
    held += block.length - from
    if (held > LONGEST) break
  }
  if (held === 0) return
  see({ bytes: Buffer.concat(rest), number: number + 1, whole: false })
}

function openBytes(source: string | FileHandle): AsyncIterable<Buffer> {
  if (typeof source !== 'string') {
    return source.createReadStream({ highWaterMark: BLOCK, start: 0 })
  }
  const file = createReadStream('', {
    fd: openRegular(source),
    highWaterMark: BLOCK,
  })
  if (!source.endsWith('.gz')) return file
  const plain = createGunzip({ chunkSize: BLOCK })
  // An error of either stream ends both, and the reader gets it.
  pipeline(file, plain, () => {})
  return plain
}

// What a program says on stderr. In: bytes, as they come. Out: lines, as many as
// a log may get.
// INVARIANT: no control character reaches a terminal or a log; a flood costs a
// pass over its bytes, and is counted.

import { ChunkBuffer } from '../base/chunk-buffer.ts'

const LF = 0x0a

/** Of a line; the rest of it is left out. Secrets are looked for in all of this,
 * and then less is told (connector.ts). */
const MAX_BYTES = 64 * 1024

/** Lines that are told within a span; the rest of them are counted. */
const LINES = 100
const SPAN_MS = 10_000

export class Notes {
  readonly #note: (line: string) => void
  readonly #rest = new ChunkBuffer()
  #from = Number.NEGATIVE_INFINITY
  #told = 0
  #left = 0

  constructor(note: (line: string) => void) {
    this.#note = note
  }

  feed(chunk: Buffer): void {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(LF, from)
      const stop = end === -1 ? chunk.length : end
      if (end !== -1 && this.#isFull()) this.#left++
      else this.#add(chunk, from, stop)
      if (end === -1) return
      this.#endLine()
      from = end + 1
    }
  }

  #add(chunk: Buffer, from: number, end: number): void {
    const room = MAX_BYTES - this.#rest.length
    const stop = Math.min(end, from + room)
    if (from < stop) this.#rest.add(chunk.subarray(from, stop))
  }

  #endLine(): void {
    const line = sanitize(this.#rest.take().toString())
    if (line === '' || this.#isFull()) return
    this.#told++
    this.#note(line)
  }

  /** Whether the share of this span is used up; a new one says what was left
   * out of the last. */
  #isFull(): boolean {
    if (this.#told < LINES) return false
    const now = performance.now()
    if (this.#from === Number.NEGATIVE_INFINITY) this.#from = now
    if (now - this.#from < SPAN_MS) return true
    this.#from = now
    this.#told = 0
    if (this.#left > 0) this.#note(`(${this.#left} lines were left out)`)
    this.#left = 0
    return false
  }
}

/** Colours, and moves of a cursor. */
const ESCAPES = /\x1b(?:\[[\d;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)/g

/** A program may write over its line again and again: the last text counts. */
function sanitize(line: string): string {
  const shown = line.replace(/\r+$/, '')
  return shown
    .slice(shown.lastIndexOf('\r') + 1)
    .replace(ESCAPES, '')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
}

// Lines of audit files, fast: whole chunks are searched, not single lines.
// In: chunks, and texts that a wanted line must contain. Out: the wanted lines.
// INVARIANT: memory is bounded by one chunk and one line; a search text only
// skips lines that cannot match, and an invalid line is counted.

/** A line must contain one of the texts of every group. */
export type Needles = readonly (readonly string[])[]

/** Position of a line; its bytes are valid until the next one. */
export interface Line {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export interface Damage {
  readonly path: string
  /** From 1, within the file. */
  readonly line: number
}

export interface ScanCount {
  files: number
  lines: number
  bytes: number
  damaged: number
  first: Damage | undefined
}

export function startCount(): ScanCount {
  return { files: 0, lines: 0, bytes: 0, damaged: 0, first: undefined }
}

/** A longer line is not a record of ours. */
const LONGEST = 2 ** 26

const NOTHING = Buffer.alloc(0)

const [LF, OPEN, CLOSE] = [0x0a, 0x7b, 0x7d]

/** Splits its input into lines. `take` returns false for a line that is not a
 * record. */
export class LineScanner {
  readonly #needles: readonly (readonly Buffer[])[]
  readonly #count: ScanCount
  readonly #take: (line: Line) => boolean
  #path = ''
  #line = 0
  #rest: Buffer = NOTHING
  #skipping = false
  /** Written by us, or in the same form: the search texts can be trusted. */
  #compact = true

  constructor(
    needles: Needles,
    count: ScanCount,
    take: (line: Line) => boolean,
  ) {
    this.#needles = needles.map((group) => group.map((one) => Buffer.from(one)))
    this.#count = count
    this.#take = take
  }

  open(path: string): void {
    this.#path = path
    this.#line = 0
    this.#rest = NOTHING
    this.#skipping = false
    this.#count.files++
  }

  /** Drops the text after the last line break, to be read again: a write that
   * failed is undone. Returns the number of its bytes. */
  forget(): number {
    const { length } = this.#rest
    this.#rest = NOTHING
    this.#count.bytes -= length
    return length
  }

  push(chunk: Buffer): void {
    this.#count.bytes += chunk.length
    const bytes =
      this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (this.#line === 0) this.#compact = isCompact(bytes)
    const nexts = this.#needles.map((group) => group.map(() => -1))
    let start = 0
    for (;;) {
      const end = bytes.indexOf(LF, start)
      if (end === -1) break
      this.#judge(bytes, start, end, nexts)
      start = end + 1
    }
    this.#keep(bytes.subarray(start))
  }

  /** The text without a line break was cut off; or, in the live file, it is
   * being written. */
  close(live: boolean): void {
    if (this.#rest.length > 0 && !live) {
      this.#line++
      this.#count.lines++
      this.#blame()
    }
    this.#rest = NOTHING
  }

  /** The file itself is broken from here on. */
  spoil(): void {
    this.#line++
    this.#blame()
  }

  #judge(
    bytes: Buffer,
    start: number,
    end: number,
    nexts: readonly number[][],
  ): void {
    this.#line++
    this.#count.lines++
    if (this.#skipping) {
      this.#skipping = false
      return this.#blame()
    }
    const fenced = bytes[start] === OPEN && bytes[end - 1] === CLOSE
    if (!fenced) return this.#blame()
    if (this.#compact && !this.#holds(bytes, start, end, nexts)) return
    if (!this.#take({ bytes, start, end })) this.#blame()
  }

  /** Each text is searched for once in a chunk, for any number of lines. */
  #holds(
    bytes: Buffer,
    start: number,
    end: number,
    nexts: readonly number[][],
  ): boolean {
    for (const [index, group] of this.#needles.entries()) {
      const own = nexts[index] as number[]
      let found = group.length === 0
      for (let i = 0; i < group.length && !found; i++) {
        const needle = group[i] as Buffer
        let next = own[i] as number
        if (next < start) {
          const at = bytes.indexOf(needle, start)
          next = at === -1 ? Number.MAX_SAFE_INTEGER : at
          own[i] = next
        }
        found = next < end
      }
      if (!found) return false
    }
    return true
  }

  #keep(rest: Buffer): void {
    if (this.#skipping || rest.length > LONGEST) {
      this.#skipping = true
      this.#rest = NOTHING
    } else {
      // A copy, because the chunk is reused.
      this.#rest = Buffer.from(rest)
    }
  }

  #blame(): void {
    this.#count.damaged++
    this.#count.first ??= { path: this.#path, line: this.#line }
  }
}

/** A file that another program rewrote may contain other blanks. */
function isCompact(bytes: Buffer): boolean {
  return bytes.subarray(0, 7).toString('latin1') === '{"ts":"'
}

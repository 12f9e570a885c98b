// The memory in which answers are written: used again for the next one, since the
// kernel takes most of them at once.
// INVARIANT: a head is of its own answer in each byte; bytes that somebody still
// reads are never given to another answer.

/** Bytes of a message, at most. */
export const LONGEST = 16 * 1024

/** For a head and a message; and where clients do not read, for others. */
const SIZE = 2 * LONGEST

/** Bytes of a head, at most. */
const LONGEST_HEAD = 4 * 1024

/** Longest answer whose view is kept: most are shorter. */
const MOST_VIEWS = 2_048

const ZERO = 0x30

export class AnswerMemory {
  #bytes = Buffer.allocUnsafeSlow(SIZE)
  /** Bytes from its start that are kept. */
  #kept = 0
  /** What stands after them, by its length. */
  readonly #views = new Array<Buffer | undefined>(MOST_VIEWS + 1)
  /** What the head there was written of. */
  #lines = ''
  #ending = ''
  #digits = 0
  #idLength = 0
  /** Where its values stand, and where it ends. */
  #lengthEnd = 0
  #idAt = 0
  #end = 0
  /** Where the last answer ends. */
  #written = 0

  /** Valid until the next call; `keep` makes that longer. `lines` and `ending`
   * stand before and behind the length and the id of the request. */
  write(lines: string, id: string, ending: string, message: Buffer): Buffer {
    const { length } = message
    const digits = countDigits(length)
    const isSame =
      this.#digits === digits &&
      this.#idLength === id.length &&
      this.#lines === lines &&
      this.#ending === ending
    if (!isSame) this.#begin(lines, id, ending, digits)
    const bytes = this.#bytes
    let left = length
    for (let i = 1; i <= digits; i++) {
      bytes[this.#lengthEnd - i] = ZERO + (left % 10)
      left = Math.trunc(left / 10)
    }
    for (let i = 0; i < id.length; i++) {
      bytes[this.#idAt + i] = id.charCodeAt(i)
    }
    bytes.set(message, this.#end)
    this.#written = this.#end + length
    return this.#view(this.#written - this.#kept)
  }

  /** What was written last is still being read. */
  keep(): void {
    this.#kept = this.#written
    if (this.#kept + LONGEST_HEAD + LONGEST > SIZE) {
      this.#bytes = Buffer.allocUnsafeSlow(SIZE)
      this.#kept = 0
    }
    this.#views.fill(undefined)
    this.#digits = 0
  }

  #begin(lines: string, id: string, ending: string, digits: number): void {
    const before = `HTTP/1.1 200 OK\r\n${lines}content-length: `
    const named = `${before}${'0'.repeat(digits)}\r\nx-request-id: `
    const head = `${named}${id}\r\n${ending}`
    const at = this.#kept
    this.#lengthEnd = at + before.length + digits
    this.#idAt = at + named.length
    this.#end = at + this.#bytes.write(head, at, 'latin1')
    this.#lines = lines
    this.#ending = ending
    this.#digits = digits
    this.#idLength = id.length
  }

  #view(size: number): Buffer {
    const from = this.#kept
    const known = this.#views[size]
    if (known) return known
    const view = this.#bytes.subarray(from, from + size)
    if (size > MOST_VIEWS) return view
    this.#views[size] = view
    return view
  }
}

function countDigits(length: number): number {
  if (length < 1_000) return length < 10 ? 1 : length < 100 ? 2 : 3
  return length < 10_000 ? 4 : 5
}

// The memory in which answers are written: used again for the next one, since the
// kernel takes most of them at once.
// INVARIANT: a head is of its own answer in each byte; bytes that somebody still
// reads are never given to another answer.

/** Bytes of a message, at most. */
export const LONGEST = 16 * 1024

/** For a head and a message. */
const SIZE = LONGEST + 4 * 1024

/** Longest answer whose view is kept: most are shorter. */
const MOST_VIEWS = 2_048

const ZERO = 0x30

export class AnswerMemory {
  #bytes = Buffer.allocUnsafeSlow(SIZE)
  /** Its beginnings, by their length. */
  #views = new Array<Buffer | undefined>(MOST_VIEWS + 1)
  /** What the head there was written of. */
  #lines = ''
  #ending = ''
  #digits = 0
  #idLength = 0
  /** Where its values stand, and where it ends. */
  #lengthEnd = 0
  #idAt = 0
  #end = 0

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
    return this.#view(this.#end + length)
  }

  /** What was written last is still being read. */
  keep(): void {
    this.#bytes = Buffer.allocUnsafeSlow(SIZE)
    this.#views = new Array<Buffer | undefined>(MOST_VIEWS + 1)
    this.#digits = 0
  }

  #begin(lines: string, id: string, ending: string, digits: number): void {
    const before = `HTTP/1.1 200 OK\r\n${lines}content-length: `
    const named = `${before}${'0'.repeat(digits)}\r\nx-request-id: `
    this.#lengthEnd = before.length + digits
    this.#idAt = named.length
    this.#end = this.#bytes.write(`${named}${id}\r\n${ending}`, 'latin1')
    this.#lines = lines
    this.#ending = ending
    this.#digits = digits
    this.#idLength = id.length
  }

  #view(size: number): Buffer {
    if (size > MOST_VIEWS) return this.#bytes.subarray(0, size)
    const known = this.#views[size]
    if (known) return known
    const view = this.#bytes.subarray(0, size)
    this.#views[size] = view
    return view
  }
}

function countDigits(length: number): number {
  if (length < 1_000) return length < 10 ? 1 : length < 100 ? 2 : 3
  return length < 10_000 ? 4 : 5
}

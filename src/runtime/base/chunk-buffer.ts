// Joins chunks of bytes.
// INVARIANT: filled memory is at most about twice the received bytes, however
// they were cut; memory asked for at once is at most 16 times as much.

const FIRST_BYTES = 16 * 1024

/** How many times the received bytes may be asked for at once. */
const AHEAD = 16
const EMPTY = Buffer.alloc(0)

export class ChunkBuffer {
  length = 0
  #bytes: Buffer = EMPTY

  /** Does not copy the first piece: most are the only one. `expected`: all bytes
   * that will come, where that is known. */
  add(piece: Buffer, expected = 0): void {
    const end = this.length + piece.length
    if (this.length === 0) this.#bytes = piece
    else this.#append(piece, end, expected)
    this.length = end
  }

  /** Returns all bytes and empties the buffer. */
  take(): Buffer {
    const whole = this.#bytes.subarray(0, this.length)
    this.#bytes = EMPTY
    this.length = 0
    return whole
  }

  /** Copies into a larger buffer when there is no room; a first piece has none. */
  #append(piece: Buffer, end: number, expected: number): void {
    const { length } = this
    if (this.#bytes.length < end || this.#bytes.length === length) {
      const isNear = expected >= end && expected <= AHEAD * end
      const size = isNear ? expected : Math.max(2 * end, FIRST_BYTES)
      const wider = Buffer.allocUnsafe(size)
      this.#bytes.copy(wider, 0, 0, length)
      this.#bytes = wider
    }
    piece.copy(this.#bytes, length)
  }
}

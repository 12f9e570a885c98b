// Joins chunks of bytes.
// INVARIANT: memory is at most about twice the received bytes, however they
// were cut.

const FIRST_BYTES = 16 * 1024
const EMPTY = Buffer.alloc(0)

export class ChunkBuffer {
  length = 0
  #bytes: Buffer = EMPTY

  /** Does not copy the first piece: most are the only one. */
  add(piece: Buffer): void {
    const end = this.length + piece.length
    if (this.length === 0) this.#bytes = piece
    else this.#append(piece, end)
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
  #append(piece: Buffer, end: number): void {
    const { length } = this
    if (this.#bytes.length < end || this.#bytes.length === length) {
      const wider = Buffer.allocUnsafe(Math.max(2 * end, FIRST_BYTES))
      this.#bytes.copy(wider, 0, 0, length)
      this.#bytes = wider
    }
    piece.copy(this.#bytes, length)
  }
}

// Bytes that come in pieces.
// In: pieces, cut anywhere. Out: all of them as one.
// INVARIANT: memory is at most about twice the bytes that came, however they
// were cut: a tiny piece costs no object that stays, nor keeps its chunk.

const FIRST_BYTES = 16 * 1024
const EMPTY = Buffer.alloc(0)

export class ChunkBuffer {
  length = 0
  #bytes: Buffer = EMPTY

  /** The first piece stays where it is: most are the only one. */
  add(piece: Buffer): void {
    const end = this.length + piece.length
    if (this.length === 0) this.#bytes = piece
    else this.#append(piece, end)
    this.length = end
  }

  /** Begins anew. */
  take(): Buffer {
    const whole = this.#bytes.subarray(0, this.length)
    this.#bytes = EMPTY
    this.length = 0
    return whole
  }

  /** Doubles what no longer fits; what came from outside never fits. */
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

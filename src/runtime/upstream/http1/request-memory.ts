// The memory in which requests are written: used again for the next one, since the
// kernel takes most of them at once.
// INVARIANT: bytes that somebody still reads are never given to another request.

const SIZE = 16 * 1024

/** Longer requests have memory of their own. */
const LONGEST = SIZE / 4

export class RequestMemory {
  #bytes = Buffer.allocUnsafeSlow(SIZE)
  /** Bytes from its start that are kept. */
  #kept = 0
  #taken = 0

  /** For one request, until the next call; `keep` makes that longer. */
  take(size: number): Buffer {
    if (size > LONGEST) return Buffer.allocUnsafe(size)
    if (this.#kept + size > SIZE) {
      this.#bytes = Buffer.allocUnsafeSlow(SIZE)
      this.#kept = 0
    }
    this.#taken = size
    return this.#bytes.subarray(this.#kept, this.#kept + size)
  }

  /** What was taken last is still being read. */
  keep(): void {
    this.#kept += this.#taken
    this.#taken = 0
  }
}

// The memory in which requests are written: used again for the next one, since the
// kernel takes most of them at once.
// INVARIANT: bytes that somebody still reads are never given to another request.

/** The system provides only the pages that requests have reached. */
const SIZE = 128 * 1024

/** Longer requests have memory of their own. */
const LONGEST = SIZE / 2

export class RequestMemory {
  #bytes = Buffer.allocUnsafeSlow(SIZE)
  /** Bytes from its start that are kept. */
  #kept = 0
  /** What stands after them, of which the head is the first part. */
  #taken = 0
  #head: Buffer | undefined

  /** For one request, until the next call; `keep` makes that longer. It begins
   * with its head. */
  take(head: Buffer, size: number): Buffer {
    if (size > LONGEST) return writeAlone(head, size)
    if (this.#kept + size > SIZE) {
      this.#bytes = Buffer.allocUnsafeSlow(SIZE)
      this.#kept = 0
      this.#head = undefined
    }
    // Most requests of a time have one head.
    if (this.#head !== head) head.copy(this.#bytes, this.#kept)
    this.#head = head
    this.#taken = size
    return this.#bytes.subarray(this.#kept, this.#kept + size)
  }

  /** What was taken last is still being read. */
  keep(): void {
    this.#kept += this.#taken
    this.#taken = 0
    this.#head = undefined
  }
}

/** A request with memory of its own, so far its head. */
export function writeAlone(head: Buffer, size: number): Buffer {
  const request = Buffer.allocUnsafe(size)
  head.copy(request)
  return request
}

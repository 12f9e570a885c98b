// Joins chunks of bytes.
// INVARIANT: memory is at most about twice the received bytes and one read,
// however they were cut; memory asked for at once is at most 16 times as much.

import { type Lender, loanOf } from './lender.ts'
import { LONG } from './pieces.ts'

/** Smaller pieces are copied into blocks of this size. */
const BLOCK = 16 * 1024

/** How many times the received bytes may be asked for at once. */
const AHEAD = 16

/** Most bytes that are asked for before the first of them has come, where
 * nobody says how many will. */
const MOST_AHEAD = 256 * 1024

const EMPTY = Buffer.alloc(0)

export class ChunkBuffer {
  length = 0
  /** The bytes in order; the last block may have room. */
  #blocks: Buffer[] = []
  /** Bytes of the last block that are in use. */
  #used = 0
  readonly #lender: Lender | undefined

  /** `lender`: of the memory for bytes whose number is known. */
  constructor(lender?: Lender) {
    this.#lender = lender
  }

  /** Keeps a large piece, and the first: most are the only one. `expected`: all
   * bytes that will come, where that is known. */
  add(piece: Buffer, expected = 0): void {
    if (piece.length === 0) return
    const last = this.#blocks.at(-1)
    this.length += piece.length
    if (!last) this.#push(piece, piece.length)
    else if (last.length - this.#used >= piece.length) {
      piece.copy(last, this.#used)
      this.#used += piece.length
    } else if (this.#mayGather(0, expected)) {
      this.#gather(expected, piece)
    } else if (piece.length >= BLOCK) this.#push(piece, piece.length)
    else {
      const block = Buffer.allocUnsafe(BLOCK)
      this.#push(block, piece.copy(block))
    }
  }

  /** As `add`, of bytes that are not the caller's to give. */
  addLent(piece: Buffer, expected = 0): void {
    const last = this.#blocks.at(-1)
    const isCopied =
      last !== undefined &&
      (last.length - this.#used >= piece.length ||
        this.#mayGather(piece.length, expected) ||
        piece.length < BLOCK)
    if (!isCopied && last && this.#lender) return this.#extend(piece)
    const isFirst = !last && piece.length > 0
    if (isFirst && this.#lender && this.#mayGather(piece.length, expected)) {
      this.length += piece.length
      return this.#gather(expected, piece)
    }
    this.add(isCopied ? piece : Buffer.from(piece), expected)
  }

  /** Returns all bytes and empties the buffer. */
  take(): Buffer {
    const whole = this.#join()
    this.#blocks = []
    this.#used = 0
    this.length = 0
    return whole
  }

  /** Whether all bytes that will come may be asked for, with `more` of them. */
  #mayGather(more: number, expected: number): boolean {
    const length = this.length + more
    return expected >= length && expected <= AHEAD * length
  }

  /** Copies into a block that has room for more of the kind. */
  #extend(piece: Buffer): void {
    const room = Math.min(Math.max(LONG, this.length), MOST_AHEAD)
    const size = Math.max(room, piece.length)
    const block = this.#lender?.take(size) ?? Buffer.allocUnsafe(size)
    this.length += piece.length
    this.#push(block, piece.copy(block))
  }

  #push(block: Buffer, used: number): void {
    this.#trim()
    this.#blocks.push(block)
    this.#used = used
  }

  /** Drops the room of the last block. */
  #trim(): void {
    const last = this.#blocks.pop()
    if (last) this.#blocks.push(last.subarray(0, this.#used))
  }

  /** Moves all bytes into one block that has room for the rest. */
  #gather(size: number, piece: Buffer): void {
    this.#trim()
    const block = this.#lender?.take(size) ?? Buffer.allocUnsafe(size)
    let at = 0
    for (const one of this.#blocks) at += one.copy(block, at)
    this.#used = at + piece.copy(block, at)
    this.#blocks = [block]
  }

  #join(): Buffer {
    this.#trim()
    const [first = EMPTY, ...others] = this.#blocks
    if (others.length === 0) return first
    if (!this.#lender) return Buffer.concat(this.#blocks)
    const whole = this.#lender.take(this.length)
    let at = 0
    for (const block of this.#blocks) {
      at += block.copy(whole, at)
      loanOf(block)?.giveBack()
    }
    return whole
  }
}

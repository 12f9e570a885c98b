// The records of one turn of the event loop, as the bytes of their lines.
// INVARIANT: each line is what `writeLine` (chain.ts) writes of the same record; a
// record that was begun and did not end is in no batch.

import { GENESIS, openLine, PREV_HASH } from './chain.ts'

/** The fields of a record that was begun, from `"event":` on. */
export interface Line {
  /** Bytes added so far. */
  readonly length: number
  addBytes(kept: Buffer): void
  /** A short text of ASCII. */
  addAscii(text: string): void
  addText(text: string): void
  addNumber(value: number): void
  /** Milliseconds with three decimals. */
  addMs(ms: number): void
}

const LEAST = 64 * 1024

/** A larger buffer is not kept. */
const MAX = 1024 * 1024

/** Bytes of a number of 32 bits, and of a fraction. */
const NUMBER = 10
const FRACTION = 4

const OPENING = openLine(new Date(0).toISOString()).length
const MIDDLE = Buffer.from(PREV_HASH)
/** From there to the fields. */
const HASH = `${GENESIS}",`.length

const ZERO = '0'.charCodeAt(0)
const POINT = '.'.charCodeAt(0)
const COMMA = ','.charCodeAt(0)
const QUOTE = '"'.charCodeAt(0)
const MAX_INT = 0x7fff_ffff

const CLOSE = Buffer.from('}\n')

export class Batch implements Line {
  /** Number of records. */
  count = 0
  #memory = new ArrayBuffer(LEAST)
  #bytes = Buffer.from(this.#memory)
  /** Of each record: where its fields begin, and where its line ends. */
  #fields: number[] = []
  #ends: number[] = []
  /** Where the last record ends. */
  #end = 0
  /** Where the fields of the current record begin, and where it goes on. */
  #begun = 0
  #at = 0
  #isOpen = false

  get length(): number {
    return this.#at - this.#begun
  }

  /** All lines. */
  get lines(): Buffer {
    return this.#bytes.subarray(0, this.#end)
  }

  clear(): void {
    this.count = 0
    this.#end = 0
    if (this.#bytes.length <= MAX) return
    this.#allocate(LEAST)
    this.#fields = []
    this.#ends = []
  }

  /** Begins a record and leaves room before its fields. Its `seq` may turn out to
   * be another. */
  begin(seq: number): Line {
    this.#begun = this.#end + OPENING + countDigits(seq) + MIDDLE.length + HASH
    this.#at = this.#begun
    this.#isOpen = true
    return this
  }

  end(): void {
    if (!this.#isOpen) throw new Error('no record was begun')
    this.#isOpen = false
    this.addBytes(CLOSE)
    this.#fields[this.count] = this.#begun
    this.#ends[this.count] = this.#at
    this.#end = this.#at
    this.count++
  }

  addBytes(kept: Buffer): void {
    const { length } = kept
    this.#makeRoom(length)
    this.#bytes.set(kept, this.#at)
    this.#at += length
  }

  addAscii(text: string): void {
    const { length } = text
    this.#makeRoom(length)
    const bytes = this.#bytes
    const at = this.#at
    for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i)
    this.#at = at + length
  }

  addText(text: string): void {
    this.#makeRoom(3 * text.length)
    this.#at += this.#bytes.write(text, this.#at)
  }

  addNumber(value: number): void {
    if (value !== (value | 0) || value < 0) return this.addText(`${value}`)
    this.#makeRoom(NUMBER)
    this.#at = putDigits(this.#bytes, this.#at, value)
  }

  addMs(ms: number): void {
    const micros = Math.round(ms * 1_000)
    const whole = Math.floor(micros / 1_000)
    this.addNumber(whole)
    const rest = micros - whole * 1_000
    if (rest === 0) return
    this.#makeRoom(FRACTION)
    const at = this.#at
    // The thousand is overwritten: it keeps the zeros.
    this.#at = putDigits(this.#bytes, at, 1_000 + rest)
    this.#bytes[at] = POINT
  }

  /** Writes what is before the fields of a record: `opening` up to its `seq`.
   * Returns the line without its newline. Call it for each record in order. */
  complete(
    record: number,
    opening: Buffer,
    seq: number,
    prevHash: string,
  ): Uint8Array {
    const start = record === 0 ? 0 : (this.#ends[record - 1] as number)
    const digits = start + opening.length
    this.#move(record, digits + countDigits(seq) + MIDDLE.length + HASH)
    const bytes = this.#bytes
    bytes.set(opening, start)
    const middle = putDigits(bytes, digits, seq)
    bytes.set(MIDDLE, middle)
    const hash = middle + MIDDLE.length
    const close = hash + bytes.write(prevHash, hash, 'latin1')
    bytes[close] = QUOTE
    bytes[close + 1] = COMMA
    const length = (this.#ends[record] as number) - 1 - start
    // In less than half the time of `subarray`.
    return new Uint8Array(this.#memory, start, length)
  }

  /** Moves the fields of a record, and all records after it, if they do not begin
   * at `to`. */
  #move(record: number, to: number): void {
    const from = this.#fields[record] as number
    if (from === to) return
    const by = to - from
    this.#at = this.#end
    this.#makeRoom(by)
    this.#bytes.copyWithin(to, from, this.#end)
    this.#end += by
    for (let i = record; i < this.count; i++) {
      this.#fields[i] = (this.#fields[i] as number) + by
      this.#ends[i] = (this.#ends[i] as number) + by
    }
  }

  #makeRoom(length: number): void {
    const needed = this.#at + length
    if (needed <= this.#bytes.length) return
    const smaller = this.#bytes
    this.#allocate(Math.max(needed, 2 * smaller.length))
    smaller.copy(this.#bytes, 0, 0, this.#at)
  }

  #allocate(size: number): void {
    this.#memory = new ArrayBuffer(size)
    this.#bytes = Buffer.from(this.#memory)
  }
}

/** Writes a whole number from 0 on. Returns where it ends. */
function putDigits(bytes: Buffer, from: number, value: number): number {
  const end = from + countDigits(value)
  let at = end
  let rest = value
  // Numbers of 32 bits are divided in a few cycles.
  while (rest > MAX_INT) {
    const next = Math.floor(rest / 10)
    bytes[--at] = ZERO + rest - 10 * next
    rest = next
  }
  while (at > from) {
    const next = (rest / 10) | 0
    bytes[--at] = ZERO + rest - 10 * next
    rest = next
  }
  return end
}

function countDigits(value: number): number {
  let digits = 1
  for (let most = 10; value >= most; most *= 10) digits++
  return digits
}

// Skips the strings of a JSON text (RFC 8259 §7).
// INVARIANT: a skipped string holds no control character and no other escape
// than those of JSON.

import { LONG_TEXT } from './long-text.ts'

/** Not a string, or one without an end. */
export const INVALID = -1

/** Characters that are read one by one before four at a time are tried. */
const SHORT = 24

/** Bytes of a string that is long. */
const MANY = 1_024

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75

const ONES = 0x01010101
const TWOS = 0x02 * ONES
const AFTER_SPACES = 0x21 * ONES
const BACKSLASHES = BACKSLASH * ONES
const HIGH_BITS = 0x80808080 | 0

/** 1 for the bytes that stand for themselves in a string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
)

export function isPlainByte(byte: number): boolean {
  return PLAIN[byte] === 1
}

/** Bytes that may follow a backslash, except `u`. */
const ESCAPES: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)),
)

export class JsonStrings {
  readonly #bytes: Buffer
  /** The same bytes, four in a word, from the first that is aligned. */
  #words: Int32Array | undefined
  #first = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** `start`: offset of the opening quote. Returns the offset behind the closing
   * one, or INVALID. */
  skip(start: number): number {
    const bytes = this.#bytes
    let at = start + 1
    let pace = SHORT
    let next = at + pace
    for (;;) {
      const byte = bytes[at]
      if (byte === QUOTE) return at + 1
      if (byte === undefined || byte < 0x20) return INVALID
      if (byte === BACKSLASH) {
        at = skipEscape(bytes, at)
        if (at === INVALID) return INVALID
      } else at++
      if (at < next) continue
      const from = at
      at = at - start > MANY ? this.#skipMany(at) : this.#skipPlain(at)
      // Where that finds little, it is tried less often.
      pace = at - from < pace ? 2 * pace : SHORT
      next = at + pace
    }
  }

  #skipMany(from: number): number {
    const at = LONG_TEXT.skip(this.#bytes, from)
    return at === from ? this.#skipPlain(from) : at
  }

  /** Skips text, at most up to a quote, a backslash or a control character.
   * Returns the offset of the next byte to examine. */
  #skipPlain(from: number): number {
    const words = this.#words ?? this.#view()
    const first = this.#first
    if (from < first) return from
    // The word that holds `from`: what is before it was examined.
    let at = (from - first) >> 2
    const last = Math.min(words.length - 3, at + MANY / 4)
    while (at < last && !holdsEnd(markFour(words, at))) at += 4
    const end = Math.min(words.length, last + 4)
    while (at < end && !holdsEnd(mark(words[at] as number))) at++
    return Math.max(from, first + 4 * at)
  }

  #view(): Int32Array {
    const { buffer, byteOffset, length } = this.#bytes
    const start = Math.ceil(byteOffset / 4) * 4
    const words = Math.floor((byteOffset + length - start) / 4)
    this.#first = start - byteOffset
    this.#words = new Int32Array(buffer, start, Math.max(0, words))
    return this.#words
  }
}

function skipEscape(bytes: Buffer, at: number): number {
  const escaped = bytes[at + 1]
  if (escaped !== LETTER_U) {
    return escaped !== undefined && ESCAPES[escaped] ? at + 2 : INVALID
  }
  for (let i = at + 2; i < at + 6; i++) {
    if (!isHex(bytes[i])) return INVALID
  }
  return at + 6
}

/** Sets the high bit of a byte that is a quote, a backslash or below 0x20, and
 * perhaps of the ones above it. Quotes are where spaces were then: 0x22 is 0x20,
 * and what is below stays there. */
function mark(word: number): number {
  const ends = (word ^ TWOS) - AFTER_SPACES
  const slashes = (word ^ BACKSLASHES) - ONES
  return (ends | slashes) & ~word
}

function markFour(words: Int32Array, at: number): number {
  return (
    mark(words[at] as number) |
    mark(words[at + 1] as number) |
    mark(words[at + 2] as number) |
    mark(words[at + 3] as number)
  )
}

function holdsEnd(marks: number): boolean {
  return (marks & HIGH_BITS) !== 0
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66)
}

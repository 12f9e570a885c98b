// Writes a text in one way, whichever of many ways it was written in, so that a
// secret can be found in it. In: bytes. Out: bytes, and where each came from.
// INVARIANT: one pass; what is read shrinks with each step; nothing recurses;
// a secret and a text that holds it are folded alike; bytes stay bytes.

import { foldSign } from './signs.ts'
import { hexOf, MARK, readHex, writeCode } from './strings.ts'

/** `plain`: without case, blanks, signs that show nothing and backslashes, base64
 * in one alphabet. `deep`: also without colons, plus, minus and written breaks,
 * and with every whole escape resolved. `bare`: as what `deep` makes of a text
 * each sign of which is an escape, so that a backslash in it begins none. */
export type Folding = 'plain' | 'deep' | 'bare'

/** Where the bytes of a folded text begin and end in the original. */
export interface Places {
  readonly starts: Int32Array
  readonly ends: Int32Array
}

const SPACE = 0x20
const DELETE = 0x7f
const PERCENT = 0x25
const AMPERSAND = 0x26
const HASH = 0x23
const SEMICOLON = 0x3b
const BACKSLASH = 0x5c
const U = 0x75
const X = 0x78

export function fold(bytes: Buffer, folding: Folding, places?: Places): Buffer {
  return new Folder(bytes, folding, places).run()
}

class Folder {
  readonly #bytes: Buffer
  readonly #out: Buffer
  readonly #table: Uint8Array
  readonly #starters: Uint8Array
  readonly #places: Places | undefined
  #length = 0

  constructor(bytes: Buffer, folding: Folding, places: Places | undefined) {
    this.#bytes = bytes
    this.#out = Buffer.allocUnsafe(bytes.length)
    this.#table = TABLES[folding]
    this.#starters = folding === 'plain' ? PLAIN_STARTERS : DEEP_STARTERS
    this.#places = places
  }

  /** Most signs are none of an escape: those take the short way. */
  run(): Buffer {
    const bytes = this.#bytes
    const out = this.#out
    const table = this.#table
    const starters = this.#starters
    const places = this.#places
    let length = 0
    let escapeEnd = 0
    for (let at = 0; at < bytes.length; at++) {
      const folded = table[bytes[at] as number] as number
      if (folded === 0) {
        // A backslash before it goes with it, not with what follows: `\+n`.
        const isMarked = length > 0 && out[length - 1] === BACKSLASH
        if (isMarked && takesBackslash(bytes[at] as number)) length--
        continue
      }
      if (places) {
        places.starts[length] = at
        places.ends[length] = at + 1
      }
      out[length++] = folded
      const starts = starters[folded] as number
      if (starts === 0 && length > escapeEnd) continue
      if (starts === ESCAPE) escapeEnd = length + MAX_ESCAPE
      this.#length = length
      this.#foldLast(at + 1)
      length = this.#length
    }
    this.#length = length
    return this.#dropBackslashes()
  }

  #foldLast(end: number): void {
    const last = this.#out[this.#length - 1] as number
    if (last >= 0x80) return this.#foldWhole(end)
    while (this.#reduce(end));
  }

  /** Folds a sign of several bytes, once it is whole. */
  #foldWhole(end: number): void {
    const out = this.#out
    let size = 1
    while (size < 4 && ((out[this.#length - size] ?? 0) & 0xc0) === 0x80) size++
    const lead = out[this.#length - size] ?? 0
    if (size === 1 || lead < 0xc2 || lead > 0xf4) return
    if (size !== (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)) return
    const from = this.#length - size
    const code = readCode(out, from, size)
    const folded = foldSign(code)
    if (folded === code) return
    this.#length = from
    if (folded !== 0) this.#put(folded, this.#places?.starts[from] ?? 0, end)
  }

  /** Whether what stands last became another sign, which may end an escape. */
  #reduce(end: number): boolean {
    const out = this.#out
    const last = out[this.#length - 1] as number
    const before = out[this.#length - 2]
    if (before === BACKSLASH && last !== U && last !== X) {
      if (BREAKS.includes(last)) {
        this.#length -= 2
        return false
      }
      // Of a run one is left, and that goes with any sign but these.
      this.#length--
      out[this.#length - 1] = last
      if (this.#places) this.#places.ends[this.#length - 1] = end
    }
    if (isHex(last)) return this.#reduceHex(end)
    return last === SEMICOLON && this.#reduceReference(end)
  }

  #reduceHex(end: number): boolean {
    const out = this.#out
    const length = this.#length
    if (!isHex(out[length - 2])) return false
    if (out[length - 3] === PERCENT) {
      return this.#become(3, readHex(out, length - 2, 2), end, true)
    }
    if (out[length - 3] === X && out[length - 4] === BACKSLASH) {
      return this.#become(4, readHex(out, length - 2, 2), end, true)
    }
    if (out[length - 5] !== U || out[length - 6] !== BACKSLASH) return false
    if (!isHex(out[length - 3]) || !isHex(out[length - 4])) return false
    return this.#become(6, readHex(out, length - 4, 4), end)
  }

  /** `&amp;`, `&#38;`, `&#x26;`. */
  #reduceReference(end: number): boolean {
    const out = this.#out
    const last = this.#length - 1
    let at = last - 1
    while (at > last - MAX_ESCAPE && out[at] !== AMPERSAND) at--
    if (at < 0 || out[at] !== AMPERSAND) return false
    const code = readReference(out, at + 1, last)
    if (code === undefined) return false
    return this.#become(last - at + 1, code, end)
  }

  #become(count: number, code: number, end: number, isByte = false): boolean {
    this.#length -= count
    const start = this.#places?.starts[this.#length] ?? 0
    if (code >= 0x80) {
      if (isByte) this.#write(Math.min(code, MARK - 1), start, end)
      else this.#put(code, start, end)
      this.#foldWhole(end)
      return false
    }
    const folded = this.#table[code] as number
    if (folded !== 0) this.#write(folded, start, end)
    return folded !== 0
  }

  #write(byte: number, start: number, end: number): void {
    const at = this.#length++
    this.#out[at] = byte
    if (!this.#places) return
    this.#places.starts[at] = start
    this.#places.ends[at] = end
  }

  /** As UTF-8. */
  #put(code: number, start: number, end: number): void {
    if (code < 0x80) return this.#write(this.#table[code] ?? 0, start, end)
    const from = this.#length
    this.#length = writeCode(this.#out, from, code)
    this.#places?.starts.fill(start, from, this.#length)
    this.#places?.ends.fill(end, from, this.#length)
  }

  /** Those that begin no whole escape say nothing. */
  #dropBackslashes(): Buffer {
    const out = this.#out.subarray(0, this.#length)
    let length = out.indexOf(BACKSLASH)
    if (length === -1) return out
    for (let at = length; at < out.length; at++) {
      if (out[at] === BACKSLASH) continue
      if (this.#places) {
        const { starts, ends } = this.#places
        starts[length] = starts[at] as number
        ends[length] = ends[at] as number
      }
      out[length++] = out[at] as number
    }
    return out.subarray(0, length)
  }
}

/** The longest is `&ZeroWidthSpace;`. */
const MAX_ESCAPE = 16

/** `\n`, `\r` and `\t`, written in JSON inside JSON. */
const BREAKS: readonly number[] = [...Buffer.from('nrt')]

/** By their letters, in small. */
const NAMED: ReadonlyMap<number, number> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: '\u00a0',
    shy: '\u00ad',
    ensp: '\u2002',
    emsp: '\u2003',
    thinsp: '\u2009',
    zwnj: '\u200c',
    zwj: '\u200d',
    lrm: '\u200e',
    rlm: '\u200f',
    tab: '\t',
    newline: '\n',
    zerowidthspace: '\u200b',
  }).map(([name, sign]) => [
    Buffer.from(name).reduce(addLetter, 0),
    sign.charCodeAt(0),
  ]),
)

function addLetter(sum: number, byte: number): number {
  return (Math.imul(sum, 31) + byte) | 0
}

function readReference(
  bytes: Buffer,
  from: number,
  end: number,
): number | undefined {
  if (bytes[from] !== HASH) {
    let name = 0
    for (let at = from; at < end; at++) name = addLetter(name, bytes[at] ?? 0)
    return NAMED.get(name)
  }
  const base = bytes[from + 1] === X ? 16 : 10
  let code = 0
  for (let at = base === 16 ? from + 2 : from + 1; at < end; at++) {
    const digit = isHex(bytes[at]) ? hexOf(bytes[at] as number) : base
    if (digit >= base) return undefined
    code = code * base + digit
  }
  return code > 0 && code < 0x110000 ? code : undefined
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66)
}

/** Of UTF-8, whole. */
function readCode(bytes: Buffer, from: number, size: number): number {
  let code = (bytes[from] ?? 0) & (0xff >> (size + 1))
  for (let at = from + 1; at < from + size; at++) {
    code = code * 64 + ((bytes[at] ?? 0) & 0x3f)
  }
  return code
}

/** What each byte becomes; nothing, where it says nothing. */
function makeTable(dropped: string): Uint8Array {
  return Uint8Array.from({ length: 0x100 }, (_, byte) => {
    if (byte >= 0x80) return byte
    const sign = String.fromCharCode(byte)
    // Controls and the blank: the others that show nothing are not ASCII.
    const isHidden = byte <= SPACE || byte === DELETE
    if (isHidden || dropped.includes(sign)) return 0
    return (ALIASES[sign] ?? sign.toLowerCase()).charCodeAt(0)
  })
}

/** Of the other base64. */
const ALIASES: Readonly<Record<string, string>> = { '-': '+', _: '/' }

/** Signs that are seen, without which `deep` reads. */
const LEFT_OUT = ':+-'

/** Shells write a backslash before a blank; before a break, it is a whole line's
 * end that stands within an escape. */
function takesBackslash(byte: number): boolean {
  return byte === SPACE || LEFT_OUT.includes(String.fromCharCode(byte))
}

const TABLES: Readonly<Record<Folding, Uint8Array>> = Object.freeze({
  plain: makeTable('\\'),
  deep: makeTable(LEFT_OUT),
  bare: makeTable(`${LEFT_OUT}\\`),
})

const ESCAPE = 1
const LAST = 2

/** What begins an escape, and what may end a sign of several bytes. */
function makeStarters(escapes: string): Uint8Array {
  return Uint8Array.from({ length: 0x100 }, (_, byte) => {
    if (escapes.includes(String.fromCharCode(byte))) return ESCAPE
    return byte >= 0x80 && byte < 0xc0 ? LAST : 0
  })
}

const PLAIN_STARTERS = makeStarters('')
const DEEP_STARTERS = makeStarters('%&\\')

// Writes a text in one way, whichever of many ways it was written in, so that a
// secret can be found in it. In: bytes. Out: bytes, and where each came from.
// INVARIANT: one pass; what is read shrinks with each step; nothing recurses;
// strings of a message are never read as one.

/** `exact`: as it is. `plain`: without case, blanks, signs that show nothing and
 * backslashes, base64 in one alphabet. `deep`: also without colons, plus and
 * minus, and with every escape resolved. */
export type Mode = 'exact' | 'plain' | 'deep'

/** Where the bytes of a folded text begin and end in the original. */
export interface Places {
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** Stands where a string of a message begins: no text has it. */
export const MARK = 0xff

const QUOTE = 0x22
const PERCENT = 0x25
const AMPERSAND = 0x26
const HASH = 0x23
const SEMICOLON = 0x3b
const BACKSLASH = 0x5c
const U = 0x75
const X = 0x78

/** `isMessage`: of JSON, the strings alone are read, without their escapes. */
export function fold(
  bytes: Buffer,
  mode: Mode,
  isMessage: boolean,
  places?: Places,
): Buffer {
  const folder = new Folder(bytes, mode, places)
  return isMessage ? folder.message() : folder.text()
}

class Folder {
  readonly #bytes: Buffer
  readonly #out: Buffer
  readonly #table: Uint8Array
  readonly #isDeep: boolean
  readonly #isExact: boolean
  readonly #places: Places | undefined
  #length = 0

  constructor(bytes: Buffer, mode: Mode, places: Places | undefined) {
    this.#bytes = bytes
    this.#out = Buffer.allocUnsafe(bytes.length)
    this.#table = TABLES[mode]
    this.#isDeep = mode === 'deep'
    this.#isExact = mode === 'exact'
    this.#places = places
  }

  text(): Buffer {
    const bytes = this.#bytes
    for (let at = 0; at < bytes.length; at++) {
      this.#push(bytes[at] as number, at, at + 1)
    }
    return this.#out.subarray(0, this.#length)
  }

  message(): Buffer {
    const bytes = this.#bytes
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== QUOTE) continue
      this.#write(MARK, at, at + 1)
      at = this.#string(at + 1)
    }
    return this.#out.subarray(0, this.#length)
  }

  /** Returns the offset of its closing quote. */
  #string(from: number): number {
    const bytes = this.#bytes
    let at = from
    while (at < bytes.length) {
      const byte = bytes[at] as number
      if (byte === QUOTE) break
      if (byte === BACKSLASH) at = this.#escape(at)
      else this.#push(byte, at++, at)
    }
    return at
  }

  #escape(at: number): number {
    const bytes = this.#bytes
    const sign = bytes[at + 1] ?? 0
    if (sign !== U) {
      this.#push(CONTROLS.get(sign) ?? sign, at, at + 2)
      return at + 2
    }
    this.#pushCode(readHex(bytes, at + 2, 4), at, at + 6)
    return at + 6
  }

  #pushCode(code: number, start: number, end: number): void {
    if (code < 0x80) this.#push(code, start, end)
    else this.#writeCode(code, start, end)
  }

  #push(byte: number, start: number, end: number): void {
    if (byte >= 0x80) {
      this.#write(byte, start, end)
      if (!this.#isExact) this.#hide()
      return
    }
    const folded = this.#table[byte] as number
    if (folded === 0) return
    this.#write(folded, start, end)
    if (this.#isDeep) while (this.#reduce(end));
  }

  #write(byte: number, start: number, end: number): void {
    const at = this.#length++
    this.#out[at] = byte
    if (!this.#places) return
    this.#places.starts[at] = start
    this.#places.ends[at] = end
  }

  /** As UTF-8; the second half of a pair goes with its first. */
  #writeCode(given: number, start: number, end: number): void {
    const out = this.#out
    let [code, from] = [given, start]
    const isSecond = code >= 0xdc00 && code < 0xe000
    // Three bytes that are a first half, and no other three.
    const isPair =
      isSecond &&
      out[this.#length - 3] === 0xed &&
      ((out[this.#length - 2] ?? 0) & 0xf0) === 0xa0
    if (isPair) {
      const first = readCode(out, this.#length - 3, 3)
      this.#length -= 3
      from = this.#places?.starts[this.#length] ?? start
      code = 0x10000 + ((first - 0xd800) << 10) + (code - 0xdc00)
    }
    const size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    for (let left = size - 1; left >= 0; left--) {
      const six = (code >> (6 * left)) & 0x3f
      const lead = LEADS[size] as number
      const byte = left === size - 1 ? lead | (code >> (6 * left)) : 0x80 | six
      this.#write(byte, from, end)
    }
    if (!this.#isExact) this.#hide()
  }

  /** Takes back a sign that shows nothing, once it is whole. */
  #hide(): void {
    const out = this.#out
    for (let size = 2; size <= 4; size++) {
      const lead = out[this.#length - size] ?? 0
      if (lead < 0xc2) continue
      const isWhole = size === (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)
      if (isWhole && isHidden(readCode(out, this.#length - size, size))) {
        this.#length -= size
      }
      return
    }
  }

  /** Whether what stands last became another sign, which may end an escape. */
  #reduce(end: number): boolean {
    const out = this.#out
    const last = out[this.#length - 1] as number
    const before = out[this.#length - 2]
    if (before === BACKSLASH && last !== U && last !== X) {
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
    while (at > last - MAX_REFERENCE && out[at] !== AMPERSAND) at--
    if (at < 0 || out[at] !== AMPERSAND) return false
    const code = readReference(out, at + 1, last)
    if (code === undefined) return false
    return this.#become(last - at + 1, code, end)
  }

  #become(count: number, code: number, end: number, isByte = false): boolean {
    this.#length -= count
    const start = this.#places?.starts[this.#length] ?? 0
    if (code >= 0x80) {
      if (isByte) this.#push(code, start, end)
      else this.#writeCode(code, start, end)
      return false
    }
    const folded = this.#table[code] as number
    if (folded !== 0) this.#write(folded, start, end)
    return folded !== 0
  }
}

const LEADS: readonly number[] = [0, 0, 0xc0, 0xe0, 0xf0]

const MAX_REFERENCE = 12

/** By their letters, as one number. */
const NAMED: ReadonlyMap<number, number> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }).map(
    ([name, sign]) => [
      Buffer.from(name).reduce((sum, byte) => sum * 256 + byte, 0),
      sign.charCodeAt(0),
    ],
  ),
)

function readReference(
  bytes: Buffer,
  from: number,
  end: number,
): number | undefined {
  if (bytes[from] !== HASH) {
    let name = 0
    for (let at = from; at < end; at++) name = name * 256 + (bytes[at] ?? 0)
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

function hexOf(byte: number): number {
  return byte < 0x40 ? byte - 0x30 : (byte | 0x20) - 0x57
}

function readHex(bytes: Buffer, from: number, count: number): number {
  let code = 0
  for (let at = from; at < from + count; at++) {
    code = code * 16 + hexOf(bytes[at] ?? 0x30)
  }
  return code
}

/** Of UTF-8, whole. */
function readCode(bytes: Buffer, from: number, size: number): number {
  let code = (bytes[from] ?? 0) & (0xff >> (size + 1))
  for (let at = from + 1; at < from + size; at++) {
    code = code * 64 + ((bytes[at] ?? 0) & 0x3f)
  }
  return code
}

/** Breaks, formats, and what else shows nothing. */
const HIDDEN = /[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/u

/** Of the signs before those of East Asia. */
const HIDDEN_LOW: readonly boolean[] = Array.from({ length: 0x3200 }, (_, at) =>
  HIDDEN.test(String.fromCharCode(at)),
)

function isHidden(code: number): boolean {
  if (code < HIDDEN_LOW.length) return HIDDEN_LOW[code] as boolean
  // Most signs; in between there is none.
  if (code < 0xfe00) return false
  if (code > 0x1d17a && code < 0xe0000) return false
  return HIDDEN.test(String.fromCodePoint(Math.min(code, 0x10ffff)))
}

/** What stands behind a backslash for a sign that has no other name. */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

/** What each ASCII sign becomes; nothing, where it says nothing. */
function makeTable(dropped: string, isExact = false): Uint8Array {
  return Uint8Array.from({ length: 0x80 }, (_, byte) => {
    if (isExact) return byte
    const sign = String.fromCharCode(byte)
    if (HIDDEN.test(sign) || dropped.includes(sign)) return 0
    return (ALIASES[sign] ?? sign.toLowerCase()).charCodeAt(0)
  })
}

/** Of the other base64. */
const ALIASES: Readonly<Record<string, string>> = { '-': '+', _: '/' }

const TABLES: Readonly<Record<Mode, Uint8Array>> = Object.freeze({
  exact: makeTable('', true),
  plain: makeTable('\\'),
  deep: makeTable(':+-'),
})

// Detects duplicate keys of an object while it is scanned.
// INVARIANT: linear in the bytes of the keys, even for chosen keys; two keys
// are the same only when their decoded texts are.

import { randomInt } from 'node:crypto'
import { isPlainByte, JsonStrings } from './json-strings.ts'
import { META } from './methods.ts'
import { decodeString } from './scan.ts'

/** Random, so that no sender can choose keys whose hashes collide. */
const SEED = randomInt(2 ** 31)

/** An object with more keys gets an index. */
const FEW = 16

/** Numbers for which there is room from the beginning: two for each key of most
 * messages. */
const MOST_SPANS = 64

/** Slots of an object's first index. */
const FIRST_SLOTS = 64

const NO_BYTES = Buffer.alloc(0)

/** Most slots of one search: more are an attack. */
const LONGEST_RUN = 512

/** A longer key is skipped as other strings are. */
const LONGEST_PLAIN = 160

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75

/** The keys of all open objects: one object per level. */
export class Keys {
  #bytes: Buffer = NO_BYTES
  /** Of the key that was added last, and where that one begins. */
  #hash = 0
  #hashed = -1
  /** Two numbers per key: hash, start. Of each object at most the first FEW. */
  readonly #spans: number[] = new Array(MOST_SPANS)
  #count = 0
  /** By level: index of the first key of its object. */
  readonly #bases: number[] = []
  /** By level: all keys of an object that has more than FEW. */
  readonly #indexes: (Index | undefined)[] = []
  /** By level: the decoded keys, where hashes collide too often. */
  readonly #texts: (Set<string> | undefined)[] = []

  /** Forgets the keys of the text before. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes
    this.#hashed = -1
    this.#count = 0
    // Setting a length costs more than most keys.
    if (this.#indexes.length > 0) this.#indexes.length = 0
    if (this.#texts.length > 0) this.#texts.length = 0
  }

  open(level: number): void {
    this.#bases[level] = this.#count
    if (level < this.#indexes.length) this.#indexes[level] = undefined
    if (level < this.#texts.length) this.#texts[level] = undefined
  }

  close(level: number): void {
    this.#count = this.#bases[level] as number
  }

  /** Skips a key of plain bytes and hashes it; returns where it ends, its quote
   * included. Undefined for another, which `add` hashes. */
  skipPlain(start: number): number | undefined {
    const bytes = this.#bytes
    let hash = SEED
    let at = start + 1
    const last = Math.min(at + LONGEST_PLAIN, bytes.length)
    for (; at < last; at++) {
      const byte = bytes[at] as number
      // What is not ASCII is for the scanner to check.
      if (!isPlainByte(byte) || byte > 0x7f) break
      hash = mix(hash, byte)
    }
    if (bytes[at] !== QUOTE) return undefined
    this.#hash = finish(hash)
    this.#hashed = start
    return at + 1
  }

  /** False when the key is a duplicate. `start` and `end` include the quotes. */
  add(level: number, start: number, end: number): boolean {
    const texts = this.#texts[level]
    if (texts) return addText(texts, decodeString(this.#bytes, start, end))
    if (this.#hashed !== start) {
      this.#hash = hashKey(this.#bytes, start + 1, end - 1)
    }
    const hash = this.#hash
    const base = this.#bases[level] as number
    if (this.#count - base >= FEW) return this.#insert(level, hash, start, end)
    for (let key = base; key < this.#count; key++) {
      if (this.#isSame(key, hash, start, end)) return false
    }
    this.#push(hash, start)
    return true
  }

  /** The text of the key that was added last. */
  decode(start: number, end: number): string {
    const known = COMMON.get(this.#hash)
    return known && isWritten(known.bytes, this.#bytes, start + 1, end - 1)
      ? known.key
      : decodeString(this.#bytes, start, end)
  }

  #push(hash: number, start: number): void {
    const at = 2 * this.#count++
    this.#spans[at] = hash
    this.#spans[at + 1] = start
  }

  #isSame(key: number, hash: number, start: number, end: number): boolean {
    if (this.#spans[2 * key] !== hash) return false
    return this.#isText(this.#spans[2 * key + 1] as number, start, end)
  }

  /** Whether the key at `known` has the text of another. */
  #isText(known: number, start: number, end: number): boolean {
    return this.#read(known) === decodeString(this.#bytes, start, end)
  }

  /** The text of a key. Its end is found again: few keys have equal hashes. */
  #read(start: number): string {
    const end = new JsonStrings(this.#bytes).skip(start)
    return decodeString(this.#bytes, start, end)
  }

  #insert(level: number, hash: number, start: number, end: number): boolean {
    const index = this.#findIndex(level)
    const { slots } = index
    const mask = slots.length - 1
    for (let step = 0; step < LONGEST_RUN; step++) {
      const at = ((hash + step) << 1) & mask
      const known = slots[at + 1] as number
      if (known === 0) {
        slots[at] = hash
        slots[at + 1] = start + 1
        index.count++
        return true
      }
      if (slots[at] === hash && this.#isText(known - 1, start, end)) {
        return false
      }
    }
    const texts = this.#readTexts(slots)
    this.#texts[level] = texts
    return addText(texts, decodeString(this.#bytes, start, end))
  }

  /** An index of which at least half is empty. */
  #findIndex(level: number): Index {
    const known = this.#indexes[level]
    if (known && known.slots.length > 4 * known.count) return known
    const index = known ? growIndex(known) : this.#makeIndex(level)
    this.#indexes[level] = index
    return index
  }

  #makeIndex(level: number): Index {
    const slots = new Int32Array(2 * FIRST_SLOTS)
    const base = this.#bases[level] as number
    for (let key = base; key < this.#count; key++) {
      const hash = this.#spans[2 * key] as number
      place(slots, hash, (this.#spans[2 * key + 1] as number) + 1)
    }
    return { slots, count: this.#count - base }
  }

  #readTexts(slots: Int32Array): Set<string> {
    const texts = new Set<string>()
    for (let at = 1; at < slots.length; at += 2) {
      const known = slots[at] as number
      if (known !== 0) texts.add(this.#read(known - 1))
    }
    return texts
  }
}

/** Open addressing. Hash and place of a key stand side by side, so that most
 * searches read one line of the processor's cache. */
interface Index {
  /** Two numbers per slot: hash, start counted from 1; 0: none. */
  readonly slots: Int32Array
  count: number
}

function growIndex(index: Index): Index {
  const slots = new Int32Array(index.slots.length * 4)
  for (let at = 0; at < index.slots.length; at += 2) {
    const known = index.slots[at + 1] as number
    if (known !== 0) place(slots, index.slots[at] as number, known)
  }
  return { slots, count: index.count }
}

/** Puts a key that is not there yet into the next empty slot. */
function place(slots: Int32Array, hash: number, start: number): void {
  const mask = slots.length - 1
  let at = (hash << 1) & mask
  while (slots[at + 1] !== 0) at = (at + 2) & mask
  slots[at] = hash
  slots[at + 1] = start
}

function isWritten(
  key: Buffer,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  if (end - start !== key.length) return false
  for (let at = 0; at < key.length; at++) {
    if (bytes[start + at] !== key[at]) return false
  }
  return true
}

function addText(texts: Set<string>, text: string): boolean {
  return texts.size !== texts.add(text).size
}

/** Hashes the UTF-8 of a key's decoded text. */
function hashKey(bytes: Buffer, start: number, end: number): number {
  let hash = SEED
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === BACKSLASH) return hashEscaped(bytes, at, end, hash)
    hash = mix(hash, byte)
  }
  return finish(hash)
}

function hashEscaped(
  bytes: Buffer,
  start: number,
  end: number,
  begun: number,
): number {
  let hash = begun
  for (let at = start; at < end; ) {
    const byte = bytes[at++] as number
    if (byte !== BACKSLASH) {
      hash = mix(hash, byte)
      continue
    }
    const letter = bytes[at++] as number
    if (letter !== LETTER_U) {
      hash = mix(hash, ESCAPED.get(letter) ?? letter)
      continue
    }
    let point = readHex(bytes, at)
    at += 4
    const isHigh = (point & 0xfc00) === 0xd800
    if (isHigh && bytes[at] === BACKSLASH && bytes[at + 1] === LETTER_U) {
      const low = readHex(bytes, at + 2)
      if ((low & 0xfc00) === 0xdc00) {
        point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff)
        at += 6
      }
    }
    hash = mixPoint(hash, point)
  }
  return finish(hash)
}

/** Letters that mean another character after a backslash. */
const ESCAPED: ReadonlyMap<number, number> = new Map(
  [...'bfnrt'].map((letter, at) => [
    letter.charCodeAt(0),
    '\b\f\n\r\t'.charCodeAt(at),
  ]),
)

function readHex(bytes: Buffer, at: number): number {
  let value = 0
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] as number
    value = (value << 4) | (byte <= 0x39 ? byte & 0xf : (byte & 0xf) + 9)
  }
  return value
}

function mixPoint(hash: number, point: number): number {
  if (point < 0x80) return mix(hash, point)
  if (point < 0x800) return mixTail(mix(hash, 0xc0 | (point >> 6)), point, 0)
  if (point < 0x10000) return mixTail(mix(hash, 0xe0 | (point >> 12)), point, 6)
  return mixTail(mix(hash, 0xf0 | (point >> 18)), point, 12)
}

function mixTail(begun: number, point: number, shift: number): number {
  let hash = begun
  for (let by = shift; by >= 0; by -= 6) {
    hash = mix(hash, 0x80 | ((point >> by) & 0x3f))
  }
  return hash
}

function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x0100_0193)
}

function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  return once ^ (once >>> 13)
}

/** Keys of most messages: their texts are not made anew. By hash. */
const COMMON: ReadonlyMap<
  number,
  { readonly key: string; readonly bytes: Buffer }
> = new Map(
  [
    ...['jsonrpc', 'id', 'method', 'params', 'result', 'error', '_meta'],
    ...['name', 'arguments', 'uri', 'progressToken', 'traceparent'],
    ...['content', 'isError', 'structuredContent', 'resultType'],
    ...['code', 'message', 'data', 'type', 'text', 'version'],
    ...Object.values(META),
  ].map((key) => {
    const bytes = Buffer.from(key)
    return [hashKey(bytes, 0, bytes.length), { key, bytes }] as const
  }),
)

// Checks a JSON text (RFC 8259) and finds the offsets of its values, in one
// pass.
// INVARIANT: an accepted text means the same to every JSON parser: valid UTF-8,
// unique keys, numbers that all read alike; nothing is copied.

import { isUtf8 } from 'node:buffer'
import { findFrequentText } from './frequent-texts.ts'
import { INVALID, isPlainByte, JsonStrings } from './json-strings.ts'
import {
  type Fault,
  Stop,
  skipLiteral,
  skipNumber,
  skipSpace,
} from './json-values.ts'
import { Keys } from './keys.ts'

export type { Fault }

type JsonType = 'object' | 'array' | 'string' | 'number' | 'literal'

/** A value's offsets: `[start, end)`, quotes and braces included. */
export interface Node {
  readonly type: JsonType
  readonly start: number
  readonly end: number
  /** Of an object or array within the kept levels. */
  readonly members: readonly Member[] | undefined
  readonly items: readonly Node[] | undefined
}

export interface Member {
  readonly key: string
  /** Offset of the key's opening quote. */
  readonly start: number
  readonly node: Node
}

/** All nodes have one shape, which keeps access to them fast. */
export function makeNode(
  type: JsonType,
  start: number,
  end: number,
  members?: readonly Member[],
  items?: readonly Node[],
): Node {
  return { type, start, end, members, items }
}

/** Decodes a scanned string with its quotes at `start` and `end - 1`. */
export function decodeString(
  bytes: Buffer,
  start: number,
  end: number,
): string {
  const known = findFrequentText(bytes, start + 1, end - 1)
  if (known !== undefined) return known
  const raw = bytes.toString('utf8', start + 1, end - 1)
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

export interface ScanOptions {
  /** Deepest nesting of objects and arrays. */
  readonly depth: number
  /** Levels whose members and items are kept; 1: only the root's. */
  readonly keep: number
  /** Most keys and values; the default bounds messages of clients. */
  readonly values?: number | undefined
  /** Most values whose offsets are kept. */
  readonly most?: number | undefined
  /** A member with this name, inside a member of the root, keeps no members. */
  readonly opaque?: string | undefined
  /** If given, a duplicate key is no fault: the ranges of all but its last
   * member, up to the next, are added here (upstream/mend.ts). */
  readonly doubles?: Stretch[]
}

/** Skips the values of a text that is not scanned. */
export type Values = Pick<Scanner, 'skip'>

/** The forms of earlier texts (forms.ts). */
interface Known<Form> {
  find(bytes: Buffer, values: Values): Form | undefined
}

export interface Stretch {
  readonly start: number
  readonly end: number
}

export function scanJson(bytes: Buffer, options: ScanOptions): Node | Fault {
  return new Scanner().scan(bytes, options)
}

/** Most values whose offsets are kept, of any message. */
const MAX_KEPT = 200_000

/** Most keys and values in one message: a scan blocks all other requests. */
const MAX_VALUES = 200_000

/** Most duplicates, and most keys among which they are found: each costs an
 * entry. */
const MAX_DOUBLES = 1_000
const MAX_TRACKED = 200_000

/** Most members that a scanner has room for when it does not scan. */
const MAX_IDLE = 256

const SYNTAX: Fault = Object.freeze({ fault: 'syntax' })
const ENCODING: Fault = Object.freeze({ fault: 'encoding' })

const NO_BYTES = Buffer.alloc(0)
const NO_OPTIONS: ScanOptions = { depth: 0, keep: 0 }

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

interface KeyRanges {
  last: { start: number; end: number } | undefined
  readonly starts: Map<string, { start: number; end: number }>
}

/** Scans one text after the other. Between two, it holds nothing of the first. */
export class Scanner {
  #bytes: Buffer = NO_BYTES
  #options = NO_OPTIONS
  #keep = 0
  /** Whether it is known to be UTF-8. What is ASCII throughout needs no check. */
  #isText = false
  #values = 0
  #kept = 0
  #tracked = 0
  readonly #keys = new Keys()
  #strings: JsonStrings | undefined
  /** Members of the objects that have not ended, and their number: one list, so
   * that those of an object are copied to their exact number. */
  #open: Member[] = []
  #opened = 0

  scan(bytes: Buffer, options: ScanOptions): Node | Fault {
    this.#begin(bytes, options)
    try {
      const root = this.#read(skipSpace(bytes, 0), 0)
      if (skipSpace(bytes, root.end) === bytes.length) return root
      return this.#isText || isUtf8(bytes) ? SYNTAX : ENCODING
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      const isText = this.#isText || isUtf8(bytes)
      return isText ? { fault: error.fault } : ENCODING
    } finally {
      this.#forget()
    }
  }

  /** The form of a text; undefined where none is known. */
  find<Form>(
    bytes: Buffer,
    options: ScanOptions,
    forms: Known<Form>,
  ): Form | undefined {
    this.#begin(bytes, options)
    try {
      return forms.find(bytes, this)
    } catch (error) {
      if (error instanceof Stop) return undefined
      throw error
    } finally {
      this.#forget()
    }
  }

  #begin(bytes: Buffer, options: ScanOptions): void {
    this.#bytes = bytes
    this.#options = options
    this.#keep = options.keep
    this.#isText = false
    this.#values = 0
    this.#kept = 0
    this.#tracked = 0
    this.#opened = 0
    this.#keys.begin(bytes)
  }

  #forget(): void {
    this.#bytes = NO_BYTES
    this.#options = NO_OPTIONS
    this.#strings = undefined
    this.#keys.begin(NO_BYTES)
    // What is left there of short messages is replaced by the next ones.
    if (this.#open.length > MAX_IDLE) this.#open = []
  }

  /** Counts a value whose offsets are kept, and reads it. */
  #read(start: number, level: number): Node {
    this.#count()
    if (++this.#kept > (this.#options.most ?? MAX_KEPT)) throw new Stop('size')
    switch (this.#bytes[start]) {
      case QUOTE:
        return makeNode('string', start, this.#skipString(start))
      case OPEN_OBJECT:
        return this.#readObject(start, level)
      case OPEN_LIST:
        return this.#readList(start, level)
      case 0x74:
      case 0x66:
      case 0x6e:
        return makeNode('literal', start, skipLiteral(this.#bytes, start))
      default:
        return makeNode('number', start, skipNumber(this.#bytes, start))
    }
  }

  /** Counts a value of which nothing is kept; returns where it ends. */
  skip(start: number, level: number): number {
    this.#count()
    switch (this.#bytes[start]) {
      case QUOTE:
        return this.#skipString(start)
      case OPEN_OBJECT:
        return this.#members(start, level, false)
      case OPEN_LIST:
        return this.#items(start, level, undefined)
      case 0x74:
      case 0x66:
      case 0x6e:
        return skipLiteral(this.#bytes, start)
      default:
        return skipNumber(this.#bytes, start)
    }
  }

  #count(): void {
    if (++this.#values > (this.#options.values ?? MAX_VALUES)) {
      throw new Stop('size')
    }
  }

  #readObject(start: number, level: number): Node {
    const isKept = level < this.#keep
    const base = this.#opened
    const end = this.#members(start, level, isKept)
    if (!isKept) return makeNode('object', start, end)
    const members = this.#open.slice(base, this.#opened)
    this.#opened = base
    return makeNode('object', start, end, members)
  }

  #readList(start: number, level: number): Node {
    const items: Node[] | undefined = level < this.#keep ? [] : undefined
    const end = this.#items(start, level, items)
    return makeNode('array', start, end, undefined, items)
  }

  #members(start: number, level: number, isKept: boolean): number {
    if (level >= this.#options.depth) throw new Stop('depth')
    const bytes = this.#bytes
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] === CLOSE_OBJECT) return at + 1
    const { doubles } = this.#options
    const keys = this.#keys
    let ranges: KeyRanges | undefined
    keys.open(level)
    for (;;) {
      const from = at
      if (bytes[from] !== QUOTE) throw new Stop('syntax')
      const end = keys.skipPlain(from) ?? this.#skipString(from)
      // Comparing keys costs more than scanning most values.
      this.#count()
      if (doubles) ranges = this.#trackKey(doubles, ranges, from, end)
      else if (!keys.add(level, from, end)) throw new Stop('duplicate')
      at = skipSpace(bytes, end)
      if (bytes[at] !== COLON) throw new Stop('syntax')
      at = skipSpace(bytes, at + 1)
      at = isKept
        ? this.#member(from, end, at, level)
        : this.skip(at, level + 1)
      at = skipSpace(bytes, at)
      const next = bytes[at]
      if (next === CLOSE_OBJECT) break
      if (next !== COMMA) throw new Stop('syntax')
      at = skipSpace(bytes, at + 1)
    }
    keys.close(level)
    return at + 1
  }

  /** Returns where the value ends. */
  #member(from: number, end: number, start: number, level: number): number {
    const key = this.#keys.decode(from, end)
    const keep = this.#keep
    if (level === 1 && key === this.#options.opaque) this.#keep = level + 1
    const node = this.#read(start, level + 1)
    this.#keep = keep
    this.#open[this.#opened++] = { key, start: from, node }
    return node.end
  }

  /** Tracks the range of each key's last member. */
  #trackKey(
    doubles: Stretch[],
    known: KeyRanges | undefined,
    from: number,
    end: number,
  ): KeyRanges {
    if (++this.#tracked > MAX_TRACKED) throw new Stop('duplicate')
    const key = decodeString(this.#bytes, from, end)
    const ranges = known ?? { last: undefined, starts: new Map() }
    if (ranges.last) ranges.last.end = from
    const before = ranges.starts.get(key)
    if (before && doubles.push(before) > MAX_DOUBLES) {
      throw new Stop('duplicate')
    }
    ranges.last = { start: from, end: from }
    ranges.starts.set(key, ranges.last)
    return ranges
  }

  #items(start: number, level: number, items: Node[] | undefined): number {
    if (level >= this.#options.depth) throw new Stop('depth')
    const bytes = this.#bytes
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] === CLOSE_LIST) return at + 1
    for (;;) {
      if (items) {
        const item = this.#read(at, level + 1)
        items.push(item)
        at = item.end
      } else at = this.skip(at, level + 1)
      at = skipSpace(bytes, at)
      const next = bytes[at]
      if (next === CLOSE_LIST) return at + 1
      if (next !== COMMA) throw new Stop('syntax')
      at = skipSpace(bytes, at + 1)
    }
  }

  /** `start`: of its opening quote. Returns the offset after the closing one. */
  #skipString(start: number): number {
    const bytes = this.#bytes
    const last = Math.min(start + SHORT, bytes.length)
    let at = start + 1
    let bits = 0
    for (; at < last; at++) {
      const byte = bytes[at] as number
      if (!isPlainByte(byte)) break
      bits |= byte
    }
    const isEnd = bytes[at] === QUOTE
    if (bits > 0x7f || !isEnd) this.#judgeText()
    if (isEnd) return at + 1
    this.#strings ??= new JsonStrings(bytes)
    const end = this.#strings.skip(start)
    if (end === INVALID) throw new Stop('syntax')
    return end
  }

  #judgeText(): void {
    if (!this.#isText && !isUtf8(this.#bytes)) throw new Stop('encoding')
    this.#isText = true
  }
}

/** Bytes of a string that are read one by one: most keys and names. */
const SHORT = 160

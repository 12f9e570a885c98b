// Checks a JSON text (RFC 8259) and finds the offsets of its values, in one
// pass.
// INVARIANT: an accepted text means the same to every JSON parser: valid UTF-8,
// unique keys, numbers that all read alike; nothing is copied.

import { isUtf8 } from 'node:buffer'
import { INVALID, JsonStrings } from './json-strings.ts'
import { Keys } from './keys.ts'

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
  const raw = bytes.toString('utf8', start + 1, end - 1)
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

export interface Fault {
  readonly fault: 'encoding' | 'syntax' | 'depth' | 'duplicate' | 'size'
  readonly at: number
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

export interface Stretch {
  readonly start: number
  readonly end: number
}

export function scanJson(bytes: Buffer, options: ScanOptions): Node | Fault {
  if (!isUtf8(bytes)) return { fault: 'encoding', at: 0 }
  const scanner = new Scanner(bytes, options)
  try {
    return scanner.document()
  } catch (error) {
    if (error instanceof Stop) return { fault: error.fault, at: scanner.at }
    throw error
  }
}

/** Leaves the recursion at the first fault; never crosses scanJson. */
class Stop {
  readonly fault: Fault['fault']
  constructor(fault: Fault['fault']) {
    this.fault = fault
  }
}

/** The node of a value that is not kept. */
const NOTHING = makeNode('literal', 0, 0)

/** Most values whose offsets are kept, of any message. */
const MAX_KEPT = 200_000

/** Most keys and values in one message: a scan blocks all other requests. */
const MAX_VALUES = 200_000

/** Most duplicates, and most keys among which they are found: each costs an
 * entry. */
const MAX_DOUBLES = 1_000
const MAX_TRACKED = 200_000

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a

interface KeyRanges {
  last: { start: number; end: number } | undefined
  readonly starts: Map<string, { start: number; end: number }>
}

class Scanner {
  at = 0
  #values = 0
  #kept = 0
  #tracked = 0
  readonly #bytes: Buffer
  readonly #keys: Keys
  readonly #strings: JsonStrings
  readonly #depth: number
  #keep: number
  readonly #most: number
  readonly #mostKept: number
  readonly #opaque: string | undefined
  readonly #doubles: Stretch[] | undefined
  /** Members of the objects that have not ended, and their number: one list, so
   * that those of an object are copied to their exact number. */
  readonly #open: Member[] = []
  #opened = 0

  constructor(bytes: Buffer, options: ScanOptions) {
    this.#bytes = bytes
    this.#keys = new Keys(bytes)
    this.#strings = new JsonStrings(bytes)
    this.#depth = options.depth
    this.#keep = options.keep
    this.#most = options.values ?? MAX_VALUES
    this.#mostKept = options.most ?? MAX_KEPT
    this.#opaque = options.opaque
    this.#doubles = options.doubles
  }

  document(): Node {
    const root = this.#value(0)
    this.#skipSpace()
    if (this.at !== this.#bytes.length) throw new Stop('syntax')
    return root
  }

  #value(level: number): Node {
    if (++this.#values > this.#most) throw new Stop('size')
    const isKept = level <= this.#keep
    if (isKept && ++this.#kept > this.#mostKept) throw new Stop('size')
    this.#skipSpace()
    const start = this.at
    switch (this.#bytes[start]) {
      case 0x7b:
        return this.#object(start, level)
      case 0x5b:
        return this.#array(start, level)
      case QUOTE:
        this.#string()
        return isKept ? makeNode('string', start, this.at) : NOTHING
      case 0x74:
        return this.#literal('true', isKept)
      case 0x66:
        return this.#literal('false', isKept)
      case 0x6e:
        return this.#literal('null', isKept)
      default:
        return this.#number(start, isKept)
    }
  }

  #object(start: number, level: number): Node {
    if (level >= this.#depth) throw new Stop('depth')
    const isKept = level < this.#keep
    const base = this.#opened
    this.at++
    this.#skipSpace()
    if (this.#bytes[this.at] === 0x7d) this.at++
    else this.#members(isKept, level)
    const members = isKept ? this.#open.slice(base, this.#opened) : undefined
    this.#opened = base
    return level <= this.#keep
      ? makeNode('object', start, this.at, members)
      : NOTHING
  }

  #members(isKept: boolean, level: number): void {
    const keys = this.#keys
    let ranges: KeyRanges | undefined
    keys.open(level)
    for (;;) {
      this.#skipSpace()
      const from = this.at
      if (this.#bytes[from] !== QUOTE) throw new Stop('syntax')
      const end = this.#string()
      // Comparing keys costs more than scanning most values.
      if (++this.#values > this.#most) throw new Stop('size')
      const doubles = this.#doubles
      if (doubles) ranges = this.#trackKey(doubles, ranges, from, end)
      else if (!keys.add(level, from, end)) throw new Stop('duplicate')
      this.#skipSpace()
      if (this.#bytes[this.at++] !== COLON) throw new Stop('syntax')
      if (isKept) this.#member(from, end, level)
      else this.#value(level + 1)
      this.#skipSpace()
      const next = this.#bytes[this.at++]
      if (next === 0x7d) break
      if (next !== COMMA) throw new Stop('syntax')
    }
    keys.close(level)
  }

  #member(start: number, end: number, level: number): void {
    const key = this.#keys.decode(start, end)
    const keep = this.#keep
    if (level === 1 && key === this.#opaque) this.#keep = level + 1
    const node = this.#value(level + 1)
    this.#keep = keep
    this.#open[this.#opened++] = { key, start, node }
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

  #array(start: number, level: number): Node {
    if (level >= this.#depth) throw new Stop('depth')
    const items: Node[] | undefined = level < this.#keep ? [] : undefined
    this.at++
    this.#skipSpace()
    if (this.#bytes[this.at] === 0x5d) this.at++
    else this.#items(items, level)
    return level <= this.#keep
      ? makeNode('array', start, this.at, undefined, items)
      : NOTHING
  }

  #items(items: Node[] | undefined, level: number): void {
    for (;;) {
      const item = this.#value(level + 1)
      items?.push(item)
      this.#skipSpace()
      const next = this.#bytes[this.at++]
      if (next === 0x5d) return
      if (next !== COMMA) throw new Stop('syntax')
    }
  }

  /** Skips a string; returns the offset after its closing quote. */
  #string(): number {
    const end = this.#strings.skip(this.at)
    if (end === INVALID) throw new Stop('syntax')
    this.at = end
    return end
  }

  #number(start: number, isKept: boolean): Node {
    const bytes = this.#bytes
    if (bytes[this.at] === 0x2d) this.at++
    if (bytes[this.at] === 0x30) this.at++
    else this.#digits()
    if (bytes[this.at] === 0x2e) {
      this.at++
      this.#digits()
    }
    if (bytes[this.at] === 0x65 || bytes[this.at] === 0x45) {
      this.at++
      if (bytes[this.at] === 0x2b || bytes[this.at] === 0x2d) this.at++
      this.#digits()
    }
    return isKept ? makeNode('number', start, this.at) : NOTHING
  }

  #digits(): void {
    const from = this.at
    while (isDigit(this.#bytes[this.at])) this.at++
    if (this.at === from) throw new Stop('syntax')
  }

  #literal(word: string, isKept: boolean): Node {
    const start = this.at
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.at++] !== word.charCodeAt(i)) {
        throw new Stop('syntax')
      }
    }
    return isKept ? makeNode('literal', start, this.at) : NOTHING
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        return
      }
      this.at++
    }
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

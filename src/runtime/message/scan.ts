// One pass over a JSON text (RFC 8259): judges it and yields offsets.
// In: bytes and bounds. Out: the root node, or the fault; only keys are decoded.
// INVARIANT: what passes here means the same to every JSON parser: valid
// UTF-8, one key a name, numbers that all read alike; nothing is copied.

import { isUtf8 } from 'node:buffer'
import { Keys } from './keys.ts'

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'literal'

/** A value's place in the bytes: `[start, end)`, quotes and braces included. */
export interface Node {
  readonly type: JsonType
  readonly start: number
  readonly end: number
  /** Of an object or array that lies within the kept depth. */
  readonly members: readonly Member[] | undefined
  readonly items: readonly Node[] | undefined
}

export interface Member {
  readonly key: string
  /** Offset of the key's opening quote. */
  readonly start: number
  readonly node: Node
}

/** One shape for all nodes keeps their reading fast. */
export function makeNode(
  type: JsonType,
  start: number,
  end: number,
  members?: readonly Member[],
  items?: readonly Node[],
): Node {
  return { type, start, end, members, items }
}

/** The text of a scanned string whose quotes lie at `start` and `end - 1`. */
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
  /** Objects and arrays inside each other, at most. */
  readonly depth: number
  /** Levels whose members and items are kept; 1 keeps the root's. */
  readonly keep: number
  /** Keys and values in all; those of a client's message are bounded without it. */
  readonly values?: number
  /** Values whose places are kept. */
  readonly most?: number
  /** Of a member of this name in a member of the root, no members are kept. */
  readonly opaque?: string
  /** Given, a key that stands twice is no fault: the stretches of all but its
   * last member, up to the next, are added here (upstream/mend.ts). */
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

/** In place of a value that nobody asks for. */
const NOTHING = makeNode('literal', 0, 0)

/** Values whose places are kept, of any message. */
const MAX_KEPT = 200_000

/** Keys and values in one message: more would hold up everybody else. */
const MAX_VALUES = 200_000

/** Of keys that stand twice, as many are noted, among as many keys: each costs
 * an entry. */
const MAX_DOUBLES = 1_000
const MAX_NOTED = 200_000

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

interface Places {
  last: { start: number; end: number } | undefined
  readonly starts: Map<string, { start: number; end: number }>
}

class Scanner {
  at = 0
  #values = 0
  #kept = 0
  #noted = 0
  readonly #bytes: Buffer
  readonly #keys: Keys
  readonly #depth: number
  #keep: number
  readonly #most: number
  readonly #mostKept: number
  readonly #opaque: string | undefined
  readonly #doubles: Stretch[] | undefined

  constructor(bytes: Buffer, options: ScanOptions) {
    this.#bytes = bytes
    this.#keys = new Keys(bytes)
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
    const wanted = level <= this.#keep
    if (wanted && ++this.#kept > this.#mostKept) throw new Stop('size')
    this.#skipSpace()
    const start = this.at
    switch (this.#bytes[start]) {
      case 0x7b:
        return this.#object(start, level)
      case 0x5b:
        return this.#array(start, level)
      case QUOTE:
        this.#string()
        return wanted ? makeNode('string', start, this.at) : NOTHING
      case 0x74:
        return this.#literal('true', wanted)
      case 0x66:
        return this.#literal('false', wanted)
      case 0x6e:
        return this.#literal('null', wanted)
      default:
        return this.#number(start, wanted)
    }
  }

  #object(start: number, level: number): Node {
    if (level >= this.#depth) throw new Stop('depth')
    const members: Member[] | undefined = level < this.#keep ? [] : undefined
    this.at++
    this.#skipSpace()
    if (this.#bytes[this.at] === 0x7d) this.at++
    else this.#members(members, level)
    return level <= this.#keep
      ? makeNode('object', start, this.at, members)
      : NOTHING
  }

  #members(members: Member[] | undefined, level: number): void {
    const keys = this.#keys
    let places: Places | undefined
    keys.open(level)
    for (;;) {
      this.#skipSpace()
      const from = this.at
      if (this.#bytes[from] !== QUOTE) throw new Stop('syntax')
      const end = this.#string()
      // To tell keys apart costs more than most values.
      if (++this.#values > this.#most) throw new Stop('size')
      const doubles = this.#doubles
      if (doubles) places = this.#note(doubles, places, from, end)
      else if (!keys.add(level, from, end)) throw new Stop('duplicate')
      this.#skipSpace()
      if (this.#bytes[this.at++] !== COLON) throw new Stop('syntax')
      if (members) this.#member(members, from, end, level)
      else this.#value(level + 1)
      this.#skipSpace()
      const next = this.#bytes[this.at++]
      if (next === 0x7d) break
      if (next !== COMMA) throw new Stop('syntax')
    }
    keys.close(level)
  }

  #member(members: Member[], start: number, end: number, level: number): void {
    const key = decodeString(this.#bytes, start, end)
    const keep = this.#keep
    if (level === 1 && key === this.#opaque) this.#keep = level + 1
    const node = this.#value(level + 1)
    this.#keep = keep
    members.push({ key, start, node })
  }

  /** Where each key of an object stood last, and what stands behind it. */
  #note(
    doubles: Stretch[],
    known: Places | undefined,
    from: number,
    end: number,
  ): Places {
    if (++this.#noted > MAX_NOTED) throw new Stop('duplicate')
    const key = decodeString(this.#bytes, from, end)
    const places = known ?? { last: undefined, starts: new Map() }
    if (places.last) places.last.end = from
    const before = places.starts.get(key)
    if (before && doubles.push(before) > MAX_DOUBLES) {
      throw new Stop('duplicate')
    }
    places.last = { start: from, end: from }
    places.starts.set(key, places.last)
    return places
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

  /** Steps over a string; returns the offset behind its closing quote. */
  #string(): number {
    const bytes = this.#bytes
    let at = this.at + 1
    for (;;) {
      const byte = bytes[at]
      if (byte === QUOTE) break
      if (byte === undefined || byte < 0x20) throw new Stop('syntax')
      if (byte !== BACKSLASH) {
        at++
        continue
      }
      const sign = bytes[at + 1]
      if (sign === 0x75) {
        for (let i = at + 2; i < at + 6; i++) {
          if (!isHex(bytes[i])) throw new Stop('syntax')
        }
        at += 6
      } else if (sign !== undefined && ESCAPES[sign]) {
        at += 2
      } else {
        throw new Stop('syntax')
      }
    }
    this.at = at + 1
    return this.at
  }

  #number(start: number, wanted: boolean): Node {
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
    return wanted ? makeNode('number', start, this.at) : NOTHING
  }

  #digits(): void {
    const from = this.at
    while (isDigit(this.#bytes[this.at])) this.at++
    if (this.at === from) throw new Stop('syntax')
  }

  #literal(word: string, wanted: boolean): Node {
    const start = this.at
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.at++] !== word.charCodeAt(i)) {
        throw new Stop('syntax')
      }
    }
    return wanted ? makeNode('literal', start, this.at) : NOTHING
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

/** `"\/bfnrt` behind a backslash. */
const ESCAPES: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)),
)

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}

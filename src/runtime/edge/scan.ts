// One pass over a JSON text (RFC 8259): judges it and yields offsets.
// In: bytes and bounds. Out: the root node, or the fault; only keys are decoded.
// INVARIANT: what passes here means the same to every JSON parser: valid
// UTF-8, no duplicate keys at any depth, bounded nesting.

import { isUtf8 } from 'node:buffer'
import { Keys } from './keys.ts'
import { decodeString, type Member, makeNode, type Node } from './node.ts'

export interface Fault {
  readonly fault: 'encoding' | 'syntax' | 'depth' | 'duplicate' | 'size'
  readonly at: number
}

export interface ScanOptions {
  /** Objects and arrays inside each other, at most. */
  readonly depth: number
  /** Levels whose members and items are kept; 1 keeps the root's. */
  readonly keep: number
  /** Values in all; those of a client's message are bounded without it. */
  readonly values?: number
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
const MOST_KEPT = 200_000

/** Values in one message: more would hold up everybody else. */
const MOST_VALUES = 200_000

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
  readonly #bytes: Buffer
  readonly #depth: number
  readonly #keep: number
  readonly #most: number
  readonly #doubles: Stretch[] | undefined

  constructor(bytes: Buffer, options: ScanOptions) {
    this.#bytes = bytes
    this.#depth = options.depth
    this.#keep = options.keep
    this.#most = options.values ?? MOST_VALUES
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
    if (wanted && ++this.#kept > MOST_KEPT) throw new Stop('size')
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
    const keep = level < this.#keep
    const members: Member[] | undefined = keep ? [] : undefined
    const seen = new Keys()
    let places: Places | undefined
    this.at++
    this.#skipSpace()
    if (this.#bytes[this.at] === 0x7d) {
      this.at++
      return makeNode('object', start, this.at, members)
    }
    for (;;) {
      this.#skipSpace()
      const from = this.at
      if (this.#bytes[from] !== QUOTE) throw new Stop('syntax')
      const key = decodeString(this.#bytes, from, this.#string())
      if (this.#doubles) places = this.#note(places, key, from)
      else if (!seen.add(key)) throw new Stop('duplicate')
      this.#skipSpace()
      if (this.#bytes[this.at++] !== COLON) throw new Stop('syntax')
      const node = this.#value(level + 1)
      members?.push({ key, start: from, node })
      this.#skipSpace()
      const next = this.#bytes[this.at++]
      if (next === 0x7d) break
      if (next !== COMMA) throw new Stop('syntax')
    }
    return makeNode('object', start, this.at, members)
  }

  /** Where each key of an object stood last, and what stands behind it. */
  #note(known: Places | undefined, key: string, from: number): Places {
    const places = known ?? { last: undefined, starts: new Map() }
    if (places.last) places.last.end = from
    const before = places.starts.get(key)
    if (before) this.#doubles?.push(before)
    places.last = { start: from, end: from }
    places.starts.set(key, places.last)
    return places
  }

  #array(start: number, level: number): Node {
    if (level >= this.#depth) throw new Stop('depth')
    const keep = level < this.#keep
    const items: Node[] | undefined = keep ? [] : undefined
    this.at++
    this.#skipSpace()
    if (this.#bytes[this.at] === 0x5d) {
      this.at++
      return level <= this.#keep
        ? makeNode('array', start, this.at, undefined, items)
        : NOTHING
    }
    for (;;) {
      const item = this.#value(level + 1)
      items?.push(item)
      this.#skipSpace()
      const next = this.#bytes[this.at++]
      if (next === 0x5d) break
      if (next !== COMMA) throw new Stop('syntax')
    }
    return makeNode('array', start, this.at, undefined, items)
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
      } else if (sign !== undefined && ESCAPES.has(sign)) {
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
const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'))

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}

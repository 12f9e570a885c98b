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
class Stop extends Error {
  readonly fault: Fault['fault']
  constructor(fault: Fault['fault']) {
    super(fault)
    this.fault = fault
  }
}

/** Values in one message: more would hold up everybody else. */
const MOST_VALUES = 200_000

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

class Scanner {
  at = 0
  #values = 0
  readonly #bytes: Buffer
  readonly #depth: number
  readonly #keep: number

  constructor(bytes: Buffer, options: ScanOptions) {
    this.#bytes = bytes
    this.#depth = options.depth
    this.#keep = options.keep
  }

  document(): Node {
    const root = this.#value(0)
    this.#skipSpace()
    if (this.at !== this.#bytes.length) throw new Stop('syntax')
    return root
  }

  #value(level: number): Node {
    if (++this.#values > MOST_VALUES) throw new Stop('size')
    this.#skipSpace()
    const start = this.at
    switch (this.#bytes[start]) {
      case 0x7b:
        return this.#object(start, level)
      case 0x5b:
        return this.#array(start, level)
      case QUOTE:
        this.#string()
        return makeNode('string', start, this.at)
      case 0x74:
        return this.#literal('true')
      case 0x66:
        return this.#literal('false')
      case 0x6e:
        return this.#literal('null')
      default:
        return this.#number(start)
    }
  }

  #object(start: number, level: number): Node {
    if (level >= this.#depth) throw new Stop('depth')
    const keep = level < this.#keep
    const members: Member[] | undefined = keep ? [] : undefined
    const seen = new Keys()
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
      if (!seen.add(key)) throw new Stop('duplicate')
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

  #array(start: number, level: number): Node {
    if (level >= this.#depth) throw new Stop('depth')
    const keep = level < this.#keep
    const items: Node[] | undefined = keep ? [] : undefined
    this.at++
    this.#skipSpace()
    if (this.#bytes[this.at] === 0x5d) {
      this.at++
      return makeNode('array', start, this.at, undefined, items)
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

  #number(start: number): Node {
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
    return makeNode('number', start, this.at)
  }

  #digits(): void {
    const from = this.at
    while (isDigit(this.#bytes[this.at])) this.at++
    if (this.at === from) throw new Stop('syntax')
  }

  #literal(word: string): Node {
    const start = this.at
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.at++] !== word.charCodeAt(i)) {
        throw new Stop('syntax')
      }
    }
    return makeNode('literal', start, this.at)
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

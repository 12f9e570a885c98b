// JSON as editors write it: with comments and trailing commas.
// In: a text. Out: its values with their offsets.
// INVARIANT: a text that an editor would not read throws; two members with one
// name throw too, because clients disagree on which of them counts.

import { EditFault } from './format.ts'

export type Node = ObjectNode | ArrayNode | ScalarNode

interface Span {
  readonly start: number
  /** Offset after the last character. */
  readonly end: number
}

export interface Member extends Span {
  readonly key: string
  readonly value: Node
}

export interface ObjectNode extends Span {
  readonly type: 'object'
  readonly members: readonly Member[]
}

export interface ArrayNode extends Span {
  readonly type: 'array'
  readonly items: readonly Node[]
}

export interface ScalarNode extends Span {
  readonly type: 'scalar'
  readonly value: unknown
}

const MAX_DEPTH = 64

/** Undefined for a text with nothing but blanks and comments. */
export function readJsonTree(text: string): Node | undefined {
  const reader = new Reader(text)
  reader.skip()
  if (reader.done) return undefined
  const root = reader.readValue(0)
  reader.skip()
  if (!reader.done) throw reader.fault('more than one value')
  return root
}

export function toValue(node: Node): unknown {
  if (node.type === 'scalar') return node.value
  if (node.type === 'array') return node.items.map(toValue)
  return Object.fromEntries(
    node.members.map(({ key, value }) => [key, toValue(value)]),
  )
}

/** The offset of the first character that is neither blank nor comment. */
export function skipBlanks(text: string, from: number): number {
  BLANKS.lastIndex = from
  return from + (BLANKS.exec(text)?.[0].length ?? 0)
}

const BLANKS = /(?:[\s\uFEFF]|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/y
const STRING = /"(?:[^"\\\r\n]|\\.)*"/y
const WORD = /-?[A-Za-z0-9.+-]+/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get done(): boolean {
    return this.#at >= this.#text.length
  }

  fault(what: string): EditFault {
    const before = this.#text.slice(0, this.#at)
    const line = before.split('\n').length
    return new EditFault(`line ${line}: ${what}`)
  }

  skip(): void {
    this.#at = skipBlanks(this.#text, this.#at)
  }

  readValue(depth: number): Node {
    if (depth > MAX_DEPTH) throw this.fault('it is nested too deep')
    const sign = this.#text[this.#at]
    if (sign === '{') return this.#readObject(depth)
    if (sign === '[') return this.#readArray(depth)
    const start = this.#at
    const written = this.#take(sign === '"' ? STRING : WORD)
    return { type: 'scalar', start, end: this.#at, value: this.#parse(written) }
  }

  #readObject(depth: number): ObjectNode {
    const start = this.#at
    const members: Member[] = []
    this.#readList('}', () => {
      const from = this.#at
      const key = String(this.#parse(this.#take(STRING)))
      if (members.some((one) => one.key === key)) {
        throw this.fault(`two members are named "${key}"`)
      }
      this.skip()
      this.#expect(':')
      this.skip()
      const value = this.readValue(depth + 1)
      members.push({ start: from, end: this.#at, key, value })
    })
    return { type: 'object', start, end: this.#at, members }
  }

  #readArray(depth: number): ArrayNode {
    const start = this.#at
    const items: Node[] = []
    this.#readList(']', () => {
      items.push(this.readValue(depth + 1))
    })
    return { type: 'array', start, end: this.#at, items }
  }

  #readList(close: string, readOne: () => void): void {
    this.#at++
    for (;;) {
      this.skip()
      if (this.#text[this.#at] === close) break
      readOne()
      this.skip()
      if (this.#text[this.#at] === close) break
      this.#expect(',')
    }
    this.#at++
  }

  #expect(sign: string): void {
    if (this.#text[this.#at] !== sign) {
      throw this.fault(`\`${sign}\` is missing`)
    }
    this.#at++
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) throw this.fault('it is not JSON')
    this.#at += found.length
    return found
  }

  #parse(written: string): unknown {
    try {
      return JSON.parse(written)
    } catch {
      throw this.fault('it is not JSON')
    }
  }
}

// A slow and obvious reader of JSON, with the verdicts and offsets of the scanner
// (src/runtime/message/scan.ts).
// In: bytes. Out: the values that are kept, or the kind of the first fault.
// INVARIANT: shares no code with the scanner; what is valid JSON, JSON.parse says
// itself.

import { strict as assert } from 'node:assert'

export interface SlowNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly members: readonly SlowMember[] | undefined
  readonly items: readonly SlowNode[] | undefined
}

export interface SlowMember {
  readonly key: string
  readonly start: number
  readonly node: SlowNode
}

export interface SlowOptions {
  readonly depth: number
  readonly keep: number
  readonly values?: number
  readonly most?: number
  readonly opaque?: string
}

type Kind = 'encoding' | 'syntax' | 'depth' | 'duplicate' | 'size'

export interface Slow {
  readonly fault?: Kind
  readonly root?: SlowNode
  /** From each key that stands again later, up to the next key. */
  readonly doubles: readonly { start: number; end: number }[]
}

class Fault extends Error {
  readonly kind: Kind
  constructor(kind: Kind) {
    super(kind)
    this.kind = kind
  }
}

/** `mayDouble`: a key may stand twice. */
export function readSlowly(
  bytes: Buffer,
  options: SlowOptions,
  mayDouble = false,
): Slow {
  if (!isText(bytes)) return { fault: 'encoding', doubles: [] }
  const reader = new Reader(bytes, options, mayDouble)
  try {
    const root = reader.document()
    assert.ok(isJson(bytes), 'JSON.parse refuses it')
    return { root, doubles: reader.doubles }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.kind === 'syntax')
      assert.ok(!isJson(bytes), 'JSON.parse takes it')
    return { fault: error.kind, doubles: [] }
  }
}

function isText(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}

const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERAL = /true|false|null/y

class Reader {
  readonly doubles: { start: number; end: number }[] = []
  readonly #text: string
  readonly #options: SlowOptions
  readonly #mayDouble: boolean
  #at = 0
  #values = 0
  #kept = 0

  constructor(bytes: Buffer, options: SlowOptions, mayDouble: boolean) {
    this.#text = bytes.toString('latin1')
    this.#options = options
    this.#mayDouble = mayDouble
  }

  document(): SlowNode {
    const root = this.#value(0, this.#options.keep)
    this.#match(SPACE)
    if (this.#at < this.#text.length) throw new Fault('syntax')
    return root
  }

  /** `keep`: the deepest level that is kept here. */
  #value(level: number, keep: number): SlowNode {
    this.#count()
    const { most = Number.POSITIVE_INFINITY } = this.#options
    if (level <= keep && ++this.#kept > most) throw new Fault('size')
    this.#match(SPACE)
    const start = this.#at
    const sign = this.#text[start]
    let content = {}
    let type = 'number'
    if (sign === '{') {
      type = 'object'
      content = { members: this.#members(level, keep) }
    } else if (sign === '[') {
      type = 'array'
      content = { items: this.#items(level, keep) }
    } else if (this.#match(STRING)) type = 'string'
    else if (this.#match(LITERAL)) type = 'literal'
    else if (!this.#match(NUMBER)) throw new Fault('syntax')
    const none = { members: undefined, items: undefined }
    return { type, start, end: this.#at, ...none, ...content }
  }

  #members(level: number, keep: number): readonly SlowMember[] | undefined {
    const members: SlowMember[] = []
    this.#list(level, '}', () => {
      this.#match(SPACE)
      const start = this.#at
      const written = this.#match(STRING)
      if (!written) throw new Fault('syntax')
      this.#count()
      const text = Buffer.from(written, 'latin1').toString()
      const key = JSON.parse(text) as string
      const isDouble = members.some((other) => other.key === key)
      if (isDouble && !this.#mayDouble) throw new Fault('duplicate')
      this.#match(SPACE)
      if (this.#text[this.#at++] !== ':') throw new Fault('syntax')
      const isOpaque =
        level === 1 && level < keep && key === this.#options.opaque
      const node = this.#value(level + 1, isOpaque ? 2 : keep)
      members.push({ key, start, node })
    })
    for (const [i, { key, start }] of members.entries()) {
      const next = members[i + 1]
      if (next && members.slice(i + 1).some((other) => other.key === key)) {
        this.doubles.push({ start, end: next.start })
      }
    }
    return level < keep ? members : undefined
  }

  #items(level: number, keep: number): readonly SlowNode[] | undefined {
    const items: SlowNode[] = []
    this.#list(level, ']', () => {
      items.push(this.#value(level + 1, keep))
    })
    return level < keep ? items : undefined
  }

  /** Between brackets, with commas. */
  #list(level: number, close: string, readOne: () => void): void {
    if (level >= this.#options.depth) throw new Fault('depth')
    this.#at++
    this.#match(SPACE)
    if (this.#text[this.#at] === close) {
      this.#at++
      return
    }
    for (;;) {
      readOne()
      this.#match(SPACE)
      const sign = this.#text[this.#at++]
      if (sign === close) return
      if (sign !== ',') throw new Fault('syntax')
    }
  }

  #count(): void {
    const { values = Number.POSITIVE_INFINITY } = this.#options
    if (++this.#values > values) throw new Fault('size')
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (found !== undefined) this.#at += found.length
    return found
  }
}

// JSON, exactly as JSON.parse reads it, with the place of every part.
// In: a text without a BOM. Out: the value and its tree, or one syntax fault.
// INVARIANT: accepts what JSON.parse accepts and gives the same value; a
// duplicate key is a fault at every depth.

import { quote } from '../diagnostics/credential.ts'
import { MAX_DEPTH, type Span, type Written } from '../diagnostics/written.ts'
import { ADVICE, type Advice, Refused, refusal } from './json-refusal.ts'
import {
  type Fault,
  faultDeep,
  faultMany,
  faultTwice,
  type Parsed,
} from './parsed.ts'
import { MAX_VALUES } from './size.ts'

interface Node {
  readonly value: unknown
  readonly written: Written
}

const NONE: ReadonlyMap<string, Written> = new Map()

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** A little above the limit, the largest part is reported (size.ts). */
const MAX_READ = 2 * MAX_VALUES

export function parseJson(text: string): Parsed {
  const scanner = new Scanner(text)
  try {
    const { value, written } = scanner.readWhole()
    return { value, tree: written, faults: scanner.twice }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { faults: [...scanner.twice, error.fault] }
  }
}

class Scanner {
  readonly twice: Fault[] = []
  private readonly text: string
  private at = 0
  private values = 0

  constructor(text: string) {
    this.text = text
  }

  readWhole(): Node {
    const node = this.readValue(0)
    if (this.current() === '') return node
    throw this.refuse('nothing may follow the end of the config', {
      help: ADVICE.end,
    })
  }

  private readValue(depth: number): Node {
    const sign = this.current()
    const { at } = this
    if (++this.values > MAX_READ) throw new Refused(faultMany(this.word()))
    if (depth > MAX_DEPTH) throw new Refused(faultDeep(this.word()))
    if (sign === '{') return this.readObject(depth)
    if (sign === '[') return this.readArray(depth)
    if (sign === '"') {
      const value = this.readText()
      return { value, written: { ...this.spanFrom(at), members: NONE } }
    }
    const { start, end } = this.word()
    const word = this.text.slice(start, end)
    if (!WORDS.has(word) && !NUMBER.test(word)) {
      if (/^[,:}\]]$/.test(word)) throw this.refuse('a value is missing here')
      throw this.refuse(`${quote(word)} is not a JSON value`, {
        help: ADVICE.value,
      })
    }
    this.at = end
    const value = WORDS.has(word) ? WORDS.get(word) : Number(word)
    return { value, written: { start, end, members: NONE } }
  }

  private readObject(depth: number): Node {
    const open = this.at++
    const members = new Map<string, Written>()
    const entries: [string, unknown][] = []
    while (this.current() !== '}' || entries.length > 0) {
      if (this.text[this.at] !== '"') throw this.refuseKey(open)
      const start = this.at
      const name = this.readText()
      const key = this.spanFrom(start)
      if (this.current() !== ':')
        throw this.refuse('a `:` is missing here', { open, help: ADVICE.colon })
      this.at++
      const { value, written } = this.readValue(depth + 1)
      const before = members.get(name)?.key
      if (before) this.twice.push(faultTwice(name, before, key))
      members.set(name, { ...written, key })
      entries.push([name, value])
      if (!this.goOn('}', open)) break
    }
    this.at++
    const written = { ...this.spanFrom(open), members }
    // fromEntries, so that `__proto__` is a key like any other.
    return { value: Object.fromEntries(entries), written }
  }

  private readArray(depth: number): Node {
    const open = this.at++
    const members = new Map<string, Written>()
    const value: unknown[] = []
    while (this.current() !== ']' || value.length > 0) {
      const element = this.readValue(depth + 1)
      members.set(String(value.length), element.written)
      value.push(element.value)
      if (!this.goOn(']', open)) break
    }
    this.at++
    return { value, written: { ...this.spanFrom(open), members } }
  }

  /** After a value: whether another follows; if not, at the closing bracket. */
  private goOn(close: string, open: number): boolean {
    const end = this.at
    const sign = this.current()
    if (sign === close) return false
    const comma = { start: this.at, end: this.at + 1 }
    if (sign === ',') {
      this.at++
      if (this.current() !== close) return true
      const help = 'JSON has no comma after the last element: remove it'
      throw refusal(comma, `nothing follows this comma`, help)
    }
    if (!/["{[\w-]/.test(sign)) {
      const help = `close the open bracket with \`${close}\``
      throw this.refuse(`a \`${close}\` is missing here`, { open, help })
    }
    throw refusal({ start: end, end }, 'a comma is missing here', 'add it')
  }

  private readText(): string {
    const start = this.at++
    for (; ; this.at++) {
      const sign = this.text[this.at] ?? '\n'
      if (sign === '"') break
      if (sign === '\n' || sign === '\r') {
        const span = { start, end: this.at }
        throw refusal(span, 'the text is not closed on its line', ADVICE.close)
      }
      if (sign < ' ') {
        const span = { start: this.at, end: this.at + 1 }
        const code = sign.charCodeAt(0).toString(16).padStart(4, '0')
        const help = `write \`${sign === '\t' ? '\\t' : `\\u${code}`}\``
        throw refusal(span, 'a text contains a control character', help)
      }
      if (sign === '\\') this.skipEscape()
    }
    this.at++
    return JSON.parse(this.text.slice(start, this.at)) as string
  }

  /** Moves to the last character of the escape. */
  private skipEscape(): void {
    const known = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
    known.lastIndex = this.at
    if (known.test(this.text)) {
      this.at = known.lastIndex - 1
      return
    }
    const span = { start: this.at, end: this.at + 2 }
    const shown = quote(this.text.slice(span.start, span.end))
    const help = 'write a backslash as `\\\\`'
    throw refusal(span, `${shown} is not an escape of JSON`, help)
  }

  private refuseKey(open: number): Refused {
    const bare = /^[A-Za-z_$]/.test(this.text.slice(this.at, this.at + 1))
    if (!bare) {
      return this.refuse('a key is missing here', { open, help: ADVICE.key })
    }
    const { start, end } = this.word()
    const key = this.text.slice(start, end)
    const message = `the key ${quote(key)} has no quotes`
    return refusal({ start, end }, message, `write "${key}"`)
  }

  /** The text found here; `open` is the bracket that is still open. */
  private refuse(message: string, { help, open }: Advice = {}): Refused {
    const sign = this.current()
    const span = this.word()
    const bracket = open === undefined ? '' : (this.text[open] ?? '')
    const note =
      open === undefined
        ? undefined
        : {
            message: `\`${bracket}\` is opened here`,
            span: { start: open, end: open + 1 },
          }
    if (sign === '') {
      const said = 'the file ends in the middle of the config'
      return refusal(span, said, bracket ? 'close it' : 'write a value', note)
    }
    if (/^(?:\/\/|\/\*|#)/.test(this.text.slice(this.at, this.at + 2))) {
      return refusal(span, 'JSON has no comments', ADVICE.comment)
    }
    if (sign === "'" || sign === '`') {
      const said = 'a text in JSON needs double quotes'
      return refusal(span, said, 'write `"` on both sides')
    }
    const wrong = /[}\]]/.test(sign) ? note : undefined
    return refusal(span, message, help, wrong)
  }

  /** The next character that is no white space; '' at the end. */
  private current(): string {
    while (' \t\n\r'.includes(this.text[this.at] ?? '-')) this.at++
    return this.text[this.at] ?? ''
  }

  /** The word, or the single sign, at this position. */
  private word(): Span {
    const word = /[\w.+$-]+|/y
    word.lastIndex = this.at
    const { length } = word.exec(this.text)?.[0] ?? ''
    const end = Math.min(this.text.length, this.at + Math.max(1, length))
    return { start: this.at, end }
  }

  private spanFrom(start: number): Span {
    return { start, end: this.at }
  }
}

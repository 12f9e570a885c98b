// Reads single members of a record in place, without a parser.
// In: a line. Out: the members that a filter or a count needs.
// INVARIANT: a line in which a member could occur twice, or be spelled in two
// ways, is parsed; so is every line that is shown.

import type { AuditRule } from '../contract/audit.ts'
import { parseRecord } from './line.ts'

type TextMember =
  | 'requestId'
  | 'tokenId'
  | 'subject'
  | 'team'
  | 'session'
  | 'method'
  | 'server'
  | 'tool'
  | 'exposed'
  | 'decision'
  | 'outcome'
  | 'limit'
  | 'ip'

/** The members of a record that a filter or a count reads. */
export type ReadMembers = {
  readonly [Name in TextMember]?: string | null | undefined
} & {
  readonly ts: string
  readonly event: string
  readonly rule?: AuditRule | null | undefined
  readonly client?: { readonly name: string } | null | undefined
  readonly durationMs?: number | undefined
  readonly count?: number | undefined
}

export function readRecordMember(text: string): ReadMembers | undefined {
  return isPlain(text) ? new PlainRecord(text) : parseRecord(text)
}

/** No text in it has an escape, so every quote begins or ends a text; and it
 * has no object with members that others choose. */
function isPlain(text: string): boolean {
  return (
    text.startsWith('{"ts":"') &&
    text.endsWith('}') &&
    !text.includes('\\') &&
    !text.includes('arguments":') &&
    !text.includes('detail":')
  )
}

class PlainRecord implements ReadMembers {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  get ts() {
    return this.#read('"ts":') ?? ''
  }
  get event() {
    return this.#read('"event":') ?? ''
  }
  get requestId() {
    return this.#read('"requestId":')
  }
  get tokenId() {
    return this.#read('"tokenId":')
  }
  get subject() {
    return this.#read('"subject":')
  }
  get team() {
    return this.#read('"team":')
  }
  get session() {
    return this.#read('"session":')
  }
  get method() {
    return this.#read('"method":')
  }
  get server() {
    return this.#read('"server":')
  }
  get tool() {
    return this.#read('"tool":')
  }
  get exposed() {
    return this.#read('"exposed":')
  }
  get decision() {
    return this.#read('"decision":')
  }
  get outcome() {
    return this.#read('"outcome":')
  }
  get limit() {
    return this.#read('"limit":')
  }
  get ip() {
    return this.#read('"ip":')
  }
  get client() {
    const name = this.#read('"client":{"name":')
    return name === null ? null : { name }
  }
  get rule() {
    const pointer = this.#read('"pointer":')
    return pointer === null ? null : { pointer, at: this.#read('"at":') }
  }
  get durationMs() {
    return this.#readNumber('"durationMs":')
  }
  get count() {
    return this.#readNumber('"count":')
  }

  #read(key: string): string | null {
    const start = this.#find(key)
    if (start === -1 || this.#text[start] !== '"') return null
    return this.#text.slice(start + 1, this.#text.indexOf('"', start + 1))
  }

  #readNumber(key: string): number | undefined {
    const start = this.#find(key)
    if (start === -1) return undefined
    const comma = this.#text.indexOf(',', start)
    const end = comma === -1 ? this.#text.length - 1 : comma
    return Number(this.#text.slice(start, end))
  }

  /** Without its first quote, which every member has. */
  #find(key: string): number {
    const rest = key.slice(1)
    let at = this.#text.indexOf(rest)
    while (at !== -1 && this.#text[at - 1] !== '"') {
      at = this.#text.indexOf(rest, at + 1)
    }
    return at === -1 ? -1 : at + rest.length
  }
}

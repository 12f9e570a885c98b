// Places in TOML: every key and element (iarna stores no positions).
// In: the text. Out: a tree of spans, duplicate keys, spans of dates.
// INVARIANT: reports no faults; a part that it cannot read has no members.

import {
  endOfString,
  type Key,
  readKeys,
  readStatements,
  type Statement,
  skip,
} from './toml-statements.ts'
import { MAX_DEPTH, type Span, type Written } from './written.ts'

export interface TomlPlaces {
  readonly tree: Written
  readonly twice: readonly Twice[]
  /** Dates and times, whose text is more exact than iarna's value. */
  readonly dates: readonly Span[]
  /** The place that is nested deeper than this module reads. */
  readonly deep: readonly Span[]
  /** Tables with names of inherited members: iarna would write into those. */
  readonly inherited: readonly Key[]
}

export interface Twice {
  readonly key: string
  readonly first: Span
  readonly again: Span
}

/** How a node was made: `named` only by a longer header or dotted key. */
type Kind = 'named' | 'table' | 'list' | 'value'

interface Draft extends Span {
  kind: Kind
  end: number
  key?: Span
  readonly members: Map<string, Draft>
}

const DATE =
  /^(?:\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?|\d\d:\d\d:\d\d(?:\.\d+)?)$/

/** The first table that is not allowed. Most texts contain none of these words,
 * and no escape that could spell one. */
export function findInherited(text: string): Key | undefined {
  return SUSPECT.test(text) ? readTomlPlaces(text).inherited[0] : undefined
}

const SUSPECT = new RegExp(
  ['\\\\[uU]', ...Object.getOwnPropertyNames(Object.prototype)].join('|'),
)

export function readTomlPlaces(text: string): TomlPlaces {
  return new Reader(text).read()
}

class Reader {
  private readonly text: string
  private readonly twice: Twice[] = []
  private readonly dates: Span[] = []
  private readonly deep: Span[] = []
  private readonly inherited: Key[] = []

  constructor(text: string) {
    this.text = text
  }

  read(): TomlPlaces {
    const tree = draft('table', { start: 0, end: 0 })
    let open = tree
    for (const statement of readStatements(this.text)) {
      const beyond = statement.keys[MAX_DEPTH]
      if (beyond) this.deep.push(beyond)
      if (statement.kind === 'header') open = this.openTable(tree, statement)
      else this.assign(open, statement.keys, this.valueBehind(statement))
    }
    const { twice, dates, deep, inherited } = this
    return { tree, twice, dates, deep, inherited }
  }

  private openTable(tree: Draft, { keys, list }: Statement): Draft {
    const last = keys.at(-1)
    this.reportInherited(keys)
    if (!last) return draft('table', { start: 0, end: 0 })
    const above = walkInto(tree, keys.slice(0, -1))
    const before = above.members.get(last.name)
    if (list) {
      const all = before ?? addMember(above, last, draft('list', last))
      const span = { start: (keys[0] as Key).start, end: last.end }
      const element = draft('table', span)
      all.members.set(String(all.members.size), element)
      return element
    }
    if (!before) return addMember(above, last, draft('table', last))
    if (before.kind === 'named') before.key = last
    else this.reportTwice(last, before)
    before.kind = 'table'
    return before
  }

  private assign(open: Draft, keys: readonly Key[], value: Draft): void {
    const last = keys.at(-1)
    this.reportInherited(keys.slice(0, -1))
    if (!last) return
    const above = walkInto(open, keys.slice(0, -1))
    const before = above.members.get(last.name)
    if (before) this.reportTwice(last, before)
    else addMember(above, last, value)
  }

  private reportTwice(again: Key, { key }: Draft): void {
    if (key) this.twice.push({ key: again.name, first: key, again })
  }

  private reportInherited(tables: readonly Key[]): void {
    this.inherited.push(...tables.filter(({ name }) => name in {}))
  }

  private valueBehind({ keys, start }: Statement): Draft {
    const equals = skip(this.text, keys.at(-1)?.end ?? start, /[ \t]*=/y)
    return this.readValue(equals, 0)
  }

  private readValue(from: number, depth: number): Draft {
    const start = skip(this.text, from, /[ \t]*/y)
    const sign = this.text[start] ?? ''
    if (sign === '"' || sign === "'") {
      return draft('value', { start, end: endOfString(this.text, start) })
    }
    if (/[[{]/.test(sign) && depth > MAX_DEPTH) {
      const span = { start, end: this.text.length }
      this.deep.push({ start, end: start + 1 })
      return draft('value', span)
    }
    if (sign === '[') return this.readList(start, depth)
    if (sign === '{') return this.readInline(start, depth)
    const [found = ''] = /^[^,\]}#\r\n]*/.exec(this.lineFrom(start)) ?? []
    const span = { start, end: start + found.trimEnd().length }
    if (DATE.test(found.trimEnd())) this.dates.push(span)
    return draft('value', span)
  }

  private readList(start: number, depth: number): Draft {
    const list = draft('value', { start, end: start })
    let at = skip(this.text, start + 1, BLANK)
    while (at < this.text.length && this.text[at] !== ']') {
      const element = this.readValue(at, depth + 1)
      list.members.set(String(list.members.size), element)
      const next = skip(this.text, element.end, SEPARATOR)
      if (next === at) return { ...list, end: at }
      at = next
    }
    return { ...list, end: at + 1 }
  }

  private readInline(start: number, depth: number): Draft {
    const table = draft('value', { start, end: start })
    let at = skip(this.text, start + 1, BLANK)
    while (at < this.text.length && this.text[at] !== '}') {
      const { keys, end } = readKeys(this.text, at)
      const value = this.readValue(skip(this.text, end, /=/y), depth + 1)
      this.assign(table, keys, value)
      const next = skip(this.text, value.end, SEPARATOR)
      if (next === at) return { ...table, end: at }
      at = next
    }
    return { ...table, end: at + 1 }
  }

  private lineFrom(start: number): string {
    const end = this.text.indexOf('\n', start)
    return this.text.slice(start, end < 0 ? undefined : end)
  }
}

/** White space, line breaks, comments; and the comma between two elements. */
const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y
const SEPARATOR = /(?:[ \t\r\n]|#[^\n]*)*,?(?:[ \t\r\n]|#[^\n]*)*/y

function draft(kind: Kind, { start, end }: Span): Draft {
  return { kind, start, end, members: new Map() }
}

function addMember(above: Draft, key: Key, member: Draft): Draft {
  member.key = key
  above.members.set(key.name, member)
  return member
}

/** Follows the keys, into the last element of each list. */
function walkInto(from: Draft, keys: readonly Key[]): Draft {
  let here = from
  for (const key of keys) {
    here =
      here.members.get(key.name) ?? addMember(here, key, draft('named', key))
    const last = here.members.get(String(here.members.size - 1))
    if (here.kind === 'list' && last) here = last
  }
  return here
}

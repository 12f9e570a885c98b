// YAML 1.2, core schema, as plain data: the values that JSON has.
// In: a text without a BOM. Out: the value and its tree, or the faults.
// INVARIANT: an alias is a copy of its anchor's value, and all copies together
// are bounded; no tag and no merge key changes a value.

import { type Alias, isAlias, isMap, isSeq, type ParsedNode } from 'yaml'
import { quote } from '../diagnostics/credential.ts'
import type { Span, Written } from '../diagnostics/written.ts'
import { type Fault, faultTwice, type Parsed } from './parsed.ts'
import { composeYaml } from './yaml-syntax.ts'

interface Read {
  readonly value: unknown
  readonly written: Written
  /** Number of values in it, itself included. */
  readonly size: number
  /** Characters of its texts and keys. */
  readonly length: number
}

type Pairs = Extract<ParsedNode, { items: { key: unknown }[] }>['items']

/** Values that all aliases together may expand to. */
const MAX_COPIED = 100_000

/** Characters of those values, because later stages write each of them. */
const MAX_COPIED_LENGTH = 4 * 2 ** 20

const NONE: ReadonlyMap<string, Written> = new Map()

export function parseYaml(text: string): Parsed {
  const { document, faults } = composeYaml(text)
  if (!document?.contents || faults.length > 0) return { faults }
  const reader = new Reader(text)
  const { value, written } = reader.read(document.contents)
  return { value, tree: written, faults: reader.faults }
}

class Reader {
  readonly faults: Fault[] = []
  private readonly text: string
  /** Undefined while the anchored value itself is read. */
  private readonly anchors = new Map<string, Read | undefined>()
  private copied = 0
  private copiedLength = 0

  constructor(text: string) {
    this.text = text
  }

  read(node: ParsedNode): Read {
    if (isAlias(node)) return this.copy(node)
    const { tag, anchor } = node
    if (tag) this.refuseTag(node, tag)
    if (anchor) this.anchors.set(anchor, undefined)
    const read = this.readPlain(node)
    if (anchor) this.anchors.set(anchor, read)
    return read
  }

  private readPlain(node: Exclude<ParsedNode, Alias.Parsed>): Read {
    const span = spanOf(node)
    if (isMap(node)) return this.readMap(node.items as Pairs, span)
    if (isSeq(node)) return this.readList(node.items as ParsedNode[], span)
    const { value } = node as { readonly value: unknown }
    const length = typeof value === 'string' ? value.length : 0
    return { value, written: { ...span, members: NONE }, size: 1, length }
  }

  private readMap(pairs: Pairs, span: Span): Read {
    const entries: [string, unknown][] = []
    const members = new Map<string, Written>()
    let size = 1
    let length = 0
    for (const { key, value } of pairs) {
      const name = this.readKey(key)
      if (name === undefined) continue
      const at = spanOf(key)
      const member = value ? this.read(value) : absentAt(at)
      const before = members.get(name)?.key
      if (before) this.faults.push(faultTwice(name, before, at))
      members.set(name, { ...member.written, key: at })
      entries.push([name, member.value])
      size += member.size
      length += name.length + member.length
    }
    const value = Object.fromEntries(entries)
    return { value, written: { ...span, members }, size, length }
  }

  private readList(items: readonly ParsedNode[], span: Span): Read {
    const read = items.map((item) => this.read(item))
    const members = new Map(
      read.map(({ written }, index) => [String(index), written]),
    )
    const value = read.map((one) => one.value)
    const size = sum(read.map((one) => one.size)) + 1
    const length = sum(read.map((one) => one.length))
    return { value, written: { ...span, members }, size, length }
  }

  /** Undefined for what cannot be a key of a config; a fault reports it. */
  private readKey(node: ParsedNode): string | undefined {
    const span = spanOf(node)
    const source = this.text.slice(span.start, span.end)
    const { value, type } = node as { value?: unknown; type?: string }
    if (value === '<<' && type === 'PLAIN') {
      const help = 'write the members out, so that a review sees them'
      this.refuse(span, 'a merge key adds members from another place', help)
      return undefined
    }
    const { tag } = node as { readonly tag?: string }
    if (tag) this.refuseTag(node, tag)
    if (typeof value === 'string') return value
    const scalar = value !== undefined && source !== ''
    const help = scalar ? `write it in quotes: "${source}"` : 'write a text'
    this.refuse(span, `the key ${quote(source)} is not a text`, help)
    return undefined
  }

  private copy(node: Alias.Parsed): Read {
    const span = spanOf(node)
    const { source } = node
    const shown = quote(`*${source}`)
    const found = this.anchors.get(source)
    const nothing = absentAt(span)
    if (!found && this.anchors.has(source)) {
      const message = `${shown} contains itself`
      this.faults.push({ code: 'GW1012', span, message, help: CIRCLE })
      return nothing
    }
    if (!found) {
      const help = `a pattern that begins with \`*\` needs quotes: '*${source}'`
      const message = `the alias ${shown} has no anchor before it`
      this.faults.push({ code: 'GW1004', span, message, help })
      return nothing
    }
    if (this.isFull) return nothing
    this.copied += found.size
    this.copiedLength += found.length
    if (this.isFull) {
      this.refuseCopies(span)
      return nothing
    }
    // A copy, because later stages drop faulty parts at their place.
    const value = copyTree(found.value)
    const written = { ...span, members: found.written.members }
    return { ...found, value, written }
  }

  private get isFull(): boolean {
    return this.copied > MAX_COPIED || this.copiedLength > MAX_COPIED_LENGTH
  }

  private refuseCopies(span: Span): void {
    const message = `the aliases stand for more than ${MAX_COPIED} values or 4 MiB of text`
    const help = 'write the values out: aliases of aliases multiply'
    this.faults.push({ code: 'GW1017', span, message, help })
  }

  /** The tag is before the value, or without one. */
  private refuseTag(node: ParsedNode, tag: string): void {
    const { start, end } = spanOf(node)
    const before = this.text.slice(0, Math.max(start, end))
    const last = before.lastIndexOf('!', start === end ? end : start)
    const at = before[last - 1] === '!' ? last - 1 : last
    const [source = tag] = /^![^\s,[\]{}]*/.exec(this.text.slice(at)) ?? []
    const span = { start: at, end: at + source.length }
    const message = `the tag ${quote(source)} changes the type of a value`
    const help = 'remove it; a text that begins with `!` needs quotes'
    this.refuse(span, message, help)
  }

  private refuse(span: Span, message: string, help: string): void {
    this.faults.push({ code: 'GW1019', span, message, help })
  }
}

const CIRCLE = 'write the values out: a config cannot contain itself'

/** Texts are shared, because they cannot change. */
function copyTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyTree)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, copyTree(member)]),
  )
}

function absentAt({ start, end }: Span): Read {
  return {
    value: null,
    written: { start, end, members: NONE },
    size: 1,
    length: 0,
  }
}

function spanOf({ range: [start, end] }: ParsedNode): Span {
  return { start, end }
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}

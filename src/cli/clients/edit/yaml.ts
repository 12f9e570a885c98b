// Edits YAML, in place.
// In: a text, an entry. Out: the text with the entry, or without it.
// INVARIANT: only lines of the entry are added or removed; several documents,
// tags and merge keys are not touched.

import {
  type Document,
  isPair,
  isScalar,
  isSeq,
  isMap as isYamlMap,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { EditFault, type Entry, type Format, type Where } from './format.ts'
import { describeLayout } from './layout.ts'

export const yamlFormat: Format = {
  read: (text) =>
    readDocument(text)?.toJS({ maxAliasCount: 1_000 }) ?? undefined,
  put(text, entry) {
    const document = readDocument(text)
    const root = document?.contents
    if (!root || isEmpty(root)) return append(text, entry)
    const found = descend(root, entry.where.section)
    if (found.missing.length > 0) return putSection(text, found, entry)
    return putChild(text, found, entry)
  },
  remove(text, where) {
    const root = readDocument(text)?.contents
    if (!root) return text
    const { node, missing } = descend(root, where.section)
    const child = missing.length > 0 ? undefined : findChild(text, node, where)
    if (!node || !child) return text
    const rest = text.slice(0, child.start) + text.slice(child.end)
    if (childrenOf(text, node).length > 1) return rest
    // A section without a value would be null.
    const head = rest.slice(0, child.start).trimEnd()
    const empty = isSeq(node) ? ' []' : ' {}'
    return head + empty + rest.slice(head.length)
  },
}

type Section = YAMLMap | YAMLSeq

interface Found {
  readonly node: Section | undefined
  /** The pair whose value has no form yet. */
  readonly pair: Pair | undefined
  readonly missing: readonly string[]
}

function readDocument(text: string): Document.Parsed | undefined {
  const documents = parseAllDocuments(text, { uniqueKeys: true })
  if (!Array.isArray(documents)) return undefined
  const [first, second] = documents as readonly Document.Parsed[]
  if (second) throw new EditFault('it contains several documents')
  const [fault] = first?.errors ?? []
  if (fault) {
    const line = fault.linePos?.[0].line
    const [what = ''] = fault.message.split('\n')
    throw new EditFault(`line ${line ?? 1}: ${what}`)
  }
  return first
}

function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null
}

function descend(root: ParsedNode, section: readonly string[]): Found {
  let node: unknown = root
  let pair: Pair | undefined
  for (const [depth, name] of section.entries()) {
    if (!isYamlMap(node))
      throw new EditFault('a section in it has another form')
    const missing = section.slice(depth)
    const next: Pair | undefined = node.items.find(
      ({ key }) => isScalar(key) && key.value === name,
    )
    if (!next) return { node, pair, missing }
    pair = next
    node = next.value
    const isNull = node === null || (isScalar(node) && node.value === null)
    if (isNull)
      return { node: undefined, pair, missing: section.slice(depth + 1) }
  }
  if (!isYamlMap(node) && !isSeq(node)) {
    throw new EditFault('a section in it has another form')
  }
  return { node, pair, missing: [] }
}

function wrap(missing: readonly string[], { where, value }: Entry): unknown {
  const inner = 'key' in where ? { [where.key]: value } : [value]
  return missing.reduceRight<unknown>((own, name) => ({ [name]: own }), inner)
}

function append(text: string, entry: Entry): string {
  const { eol } = describeLayout(text)
  const before = text.trim() === '' ? '' : `${text.trimEnd()}${eol}`
  return before + print(wrap(entry.where.section, entry), '', eol)
}

/** The section, or one around it, does not exist. */
function putSection(text: string, found: Found, entry: Entry): string {
  const { node, missing } = found
  const value = wrap(missing, entry)
  if (!node) return fill(text, found, value)
  const children = childrenOf(text, node)
  return putAfter(text, node, children, value)
}

function putChild(text: string, found: Found, entry: Entry): string {
  const { node } = found
  const value = wrap([], entry)
  if (!node) return fill(text, found, value)
  const { eol } = describeLayout(text)
  const own = findChild(text, node, entry.where)
  if (!own) return putAfter(text, node, childrenOf(text, node), value)
  const written = print(value, ' '.repeat(own.column), eol)
  return text.slice(0, own.start) + written + text.slice(own.end)
}

/** `extensions:` without a value gets one. */
function fill(text: string, { pair }: Found, value: unknown): string {
  const key = pair?.key
  if (!isScalar(key) || !key.range) throw new EditFault('it has another form')
  const { eol } = describeLayout(text)
  const at = endOfLine(text, key.range[1])
  const before = text.slice(0, at)
  const ended = before.endsWith('\n') ? before : before + eol
  const indent = ' '.repeat(columnOf(text, key.range[0]) + 2)
  return ended + print(value, indent, eol) + text.slice(at)
}

interface Child {
  /** The whole lines of it. */
  readonly start: number
  readonly end: number
  readonly column: number
}

function putAfter(
  text: string,
  node: Section,
  children: readonly Child[],
  value: unknown,
): string {
  const { eol } = describeLayout(text)
  const last = children.at(-1)
  if (node.flow) return putFlow(text, node, value)
  if (!last) throw new EditFault('a section in it has another form')
  const before = text.slice(0, last.end)
  const ended = before.endsWith('\n') ? before : before + eol
  const written = print(value, ' '.repeat(last.column), eol)
  return ended + written + text.slice(last.end)
}

/** `{}` becomes lines; a map on one line gets JSON, which YAML reads. */
function putFlow(text: string, node: Section, value: unknown): string {
  const [start = 0, end = 0] = node.range ?? []
  if (node.items.length === 0) {
    const { eol } = describeLayout(text)
    const column = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', start) + 1))
    const indent = ' '.repeat((column?.[0].length ?? 0) + 2)
    const head = text.slice(0, start).trimEnd()
    const isRoot = head === ''
    const lines = print(value, isRoot ? '' : indent, eol)
    const tail = text.slice(end).replace(/^[ \t]*\r?\n/, '')
    return isRoot ? lines + tail : head + eol + lines + tail
  }
  const close = end - 1
  const flat = JSON.stringify(value).slice(1, -1)
  const head = text.slice(0, close).trimEnd()
  return `${head}, ${flat}${text.slice(head.length)}`
}

function childrenOf(text: string, node: Section): readonly Child[] {
  if (node.flow) return []
  return node.items.map((item) => placeOf(text, item as ParsedNode | Pair))
}

function findChild(
  text: string,
  node: unknown,
  where: Where,
): Child | undefined {
  if (isYamlMap(node) && 'key' in where) {
    const own = node.items.find(
      ({ key }) => isScalar(key) && key.value === where.key,
    )
    return own && refuseFlow(node, placeOf(text, own))
  }
  if (isSeq(node) && 'item' in where) {
    const { member, is } = where.item
    const own = node.items.find(
      (one) => isYamlMap(one) && one.get(member) === is,
    )
    return own === undefined
      ? undefined
      : refuseFlow(node, placeOf(text, own as ParsedNode))
  }
  return undefined
}

function refuseFlow(node: Section, child: Child): Child {
  if (node.flow) throw new EditFault('a section of it stands on one line')
  return child
}

function placeOf(text: string, item: ParsedNode | Pair): Child {
  const [from, to] = isPair(item)
    ? rangeOf(item)
    : [item.range[0], item.range[1]]
  const content = text.slice(0, to).trimEnd()
  const dash = isPair(item) ? from : text.lastIndexOf('-', from - 1)
  return {
    start: text.lastIndexOf('\n', dash - 1) + 1,
    end: endOfLine(text, content.length),
    column: columnOf(text, dash),
  }
}

function rangeOf({ key, value }: Pair): readonly [number, number] {
  const [start = 0, keyEnd = 0] = (key as ParsedNode).range ?? []
  const end = (value as ParsedNode | null)?.range?.[1]
  return [start, end ?? keyEnd + 1]
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}

function print(value: unknown, indent: string, eol: string): string {
  return stringify(value, { lineWidth: 0 })
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : indent + line) + eol)
    .join('')
}

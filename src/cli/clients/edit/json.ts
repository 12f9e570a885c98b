// Edits JSON with comments, in place.
// In: a text, an entry. Out: the text with the entry, or without it.
// INVARIANT: comments, order, indentation, line ends and trailing commas of
// everything else stay.

import { EditFault, type Format, type Where } from './format.ts'
import {
  type ArrayNode,
  type Node,
  type ObjectNode,
  readJsonTree,
  skipBlanks,
  toValue,
} from './json-tree.ts'
import { describeLayout, indentAt, type Layout } from './layout.ts'

export const jsonFormat: Format = {
  read(text) {
    const root = readJsonTree(text)
    return root && toValue(root)
  },
  put(text, { where, value }) {
    const root = readJsonTree(text)
    if (!root) return append(text, where, value)
    const found = descend(root, where.section)
    const wrapped = wrap(found.missing, where, value)
    const key = found.missing[0] ?? ('key' in where ? where.key : undefined)
    const container = found.node
    const known = findSpan(container, found.missing, where)
    if (known) return replace(text, known, value)
    const written = key === undefined ? value : (wrapped as object)
    return insert(text, container, key, pick(written, key))
  },
  remove(text, where) {
    const root = readJsonTree(text)
    if (!root) return text
    const { node, missing } = descend(root, where.section)
    const children = childrenOf(node)
    const at = children.findIndex((_, index) => isNamed(node, index, where))
    if (missing.length > 0 || at === -1) return text
    return cut(text, node, children, at)
  },
}

interface Found {
  /** The innermost section that exists. */
  readonly node: ObjectNode | ArrayNode
  /** The names of the sections below it that do not. */
  readonly missing: readonly string[]
}

function descend(root: Node, section: readonly string[]): Found {
  let node = root
  for (const [depth, name] of section.entries()) {
    if (node.type !== 'object') throw new EditFault('it is not an object')
    const member = node.members.find(({ key }) => key === name)
    if (!member) return { node, missing: section.slice(depth) }
    node = member.value
  }
  if (node.type === 'scalar') {
    throw new EditFault(`\`${section.join('.')}\` is not a section`)
  }
  return { node, missing: [] }
}

/** The value with the sections around it that do not exist yet. */
function wrap(
  missing: readonly string[],
  where: Where,
  value: unknown,
): unknown {
  const inner = 'key' in where ? { [where.key]: value } : [value]
  return missing.reduceRight<unknown>((own, name) => ({ [name]: own }), inner)
}

function pick(value: unknown, key: string | undefined): unknown {
  if (key === undefined) return value
  return (value as Readonly<Record<string, unknown>>)[key]
}

function append(text: string, where: Where, value: unknown): string {
  const layout = { ...describeLayout(text), isCompact: false }
  const whole = wrap(where.section, where, value)
  const before = text.trim() === '' ? '' : text.trimEnd() + layout.eol
  return `${before}${print(whole, layout, '')}${layout.eol}`
}

function childrenOf(node: ObjectNode | ArrayNode) {
  return node.type === 'object' ? node.members : node.items
}

function isNamed(
  node: ObjectNode | ArrayNode,
  index: number,
  where: Where,
): boolean {
  if (node.type === 'object') {
    return 'key' in where && node.members[index]?.key === where.key
  }
  const item = node.items[index]
  if (!('item' in where) || item?.type !== 'object') return false
  const { member, is } = where.item
  return item.members.some(
    ({ key, value }) =>
      key === member && value.type === 'scalar' && value.value === is,
  )
}

function findSpan(
  node: ObjectNode | ArrayNode,
  missing: readonly string[],
  where: Where,
): Node | undefined {
  if (missing.length > 0) return undefined
  const at = childrenOf(node).findIndex((_, i) => isNamed(node, i, where))
  return node.type === 'object' ? node.members[at]?.value : node.items[at]
}

function replace(text: string, { start, end }: Node, value: unknown): string {
  const layout = describeLayout(text)
  const written = print(value, layout, indentAt(text, start))
  return text.slice(0, start) + written + text.slice(end)
}

/** Behind the last child, with its indentation. */
function insert(
  text: string,
  node: ObjectNode | ArrayNode,
  key: string | undefined,
  value: unknown,
): string {
  if ((key === undefined) !== (node.type === 'array')) {
    throw new EditFault('a section in it has another form')
  }
  const layout = describeLayout(text)
  const children = childrenOf(node)
  const last = children.at(-1)
  const base = indentAt(text, node.start)
  const isInline =
    last !== undefined && !text.slice(node.start, last.start).includes('\n')
  const own =
    last && !isInline ? indentAt(text, last.start) : base + layout.unit
  const label = key === undefined ? '' : `${JSON.stringify(key)}: `
  if (layout.isCompact || isInline) {
    const flat = label + JSON.stringify(value)
    const at = last?.end ?? node.start + 1
    return `${text.slice(0, at)}${last ? ', ' : ''}${flat}${text.slice(at)}`
  }
  const written = `${layout.eol}${own}${label}${print(value, layout, own)}`
  if (!last) {
    // Comments of an empty section stay before the new entry.
    const close = node.end - 1
    const inner = text.slice(node.start + 1, close).trimEnd()
    const head = text.slice(0, node.start + 1) + inner
    return `${head}${written}${layout.eol}${base}${text.slice(close)}`
  }
  const after = skipBlanks(text, last.end)
  const hasComma = text[after] === ','
  const comma = hasComma ? '' : ','
  const from = hasComma ? after + 1 : last.end
  const rest = text.slice(from, node.end - 1)
  const kept = rest.trimEnd()
  const tail = rest.slice(kept.length) + text.slice(node.end - 1)
  return `${text.slice(0, from)}${comma}${kept}${written}${hasComma ? ',' : ''}${tail}`
}

/** With its line, and with one comma beside it. */
function cut(
  text: string,
  node: ObjectNode | ArrayNode,
  children: readonly { readonly start: number; readonly end: number }[],
  at: number,
): string {
  const own = children[at]
  const before = children[at - 1]
  if (!own) return text
  const blank = /[\s\uFEFF]*$/.exec(text.slice(0, own.start))?.[0] ?? ''
  const start = own.start - blank.length
  const after = skipBlanks(text, own.end)
  const hasComma = text[after] === ','
  const end = hasComma ? after + 1 : own.end
  if (!before && children.length === 1) {
    const rest = text.slice(end, node.end - 1)
    const isEmpty = rest.trim() === '' && start === node.start + 1
    return (
      text.slice(0, start) + (isEmpty ? '' : rest) + text.slice(node.end - 1)
    )
  }
  if (hasComma || !before) return text.slice(0, start) + text.slice(end)
  const comma = text.indexOf(',', skipBlanks(text, before.end))
  return text.slice(0, comma) + text.slice(comma + 1, start) + text.slice(end)
}

function print(value: unknown, layout: Layout, indent: string): string {
  if (layout.isCompact) return JSON.stringify(value)
  return JSON.stringify(value, null, layout.unit).replaceAll(
    '\n',
    `${layout.eol}${indent}`,
  )
}

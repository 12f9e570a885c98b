// Edits TOML, in place: an entry is a table of its own, with those below it.
// In: a text, an entry. Out: the text with the entry, or without it.
// INVARIANT: every line of another table stays; an entry in another form (an
// inline table, dotted keys) is not touched.

import { parse } from '@iarna/toml'
import {
  readStatements,
  type Statement,
} from '../../../diagnostics/toml-statements.ts'
import {
  EditFault,
  type Entry,
  type Format,
  isMap,
  type Where,
} from './format.ts'
import { describeLayout } from './layout.ts'

export const tomlFormat: Format = {
  read(text) {
    try {
      // iarna's objects have prototypes and symbols of their own.
      // It refuses CRLF after a comment.
      const plain = withoutMark(text).replaceAll('\r\n', '\n')
      return JSON.parse(JSON.stringify(parse(plain)))
    } catch (error) {
      const { line, message } = error as Error & { readonly line?: number }
      const [what = ''] = message.split('\n')
      const at = line === undefined ? '' : `line ${line + 1}: `
      throw new EditFault(`${at}${what}`)
    }
  },
  put(text, entry) {
    const { eol } = describeLayout(text)
    const written = print(entry, eol)
    const blocks = findBlocks(text, pathOf(entry.where))
    const [first] = blocks
    if (first) {
      const rest = cut(text, blocks)
      return rest.slice(0, first.start) + written + rest.slice(first.start)
    }
    if (text.trim() === '') return written
    const ended = text.endsWith('\n') ? text : text + eol
    return `${ended}${eol}${written}`
  },
  remove(text, where) {
    const blocks = findBlocks(text, pathOf(where))
    const [first] = blocks
    if (!first) return text
    const rest = cut(text, blocks)
    const before = rest.slice(0, first.start)
    const after = rest.slice(first.start)
    // One of the empty lines around it belongs to it.
    if (after.trim() === '') return before.replace(/(?<=\n)\r?\n$/, '') + after
    const isBetween = before === '' || /\n\r?\n$/.test(before)
    return before + (isBetween ? after.replace(/^\r?\n/, '') : after)
  },
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function pathOf(where: Where): readonly string[] {
  if ('key' in where) return [...where.section, where.key]
  throw new EditFault('a list in it has another form')
}

interface Block {
  readonly start: number
  readonly end: number
}

/** From a header to the end of its last pair, line end included. */
function findBlocks(text: string, path: readonly string[]): readonly Block[] {
  const statements = readStatements(text)
  const blocks: Block[] = []
  for (const [at, header] of statements.entries()) {
    if (header.kind !== 'header' || !isBelow(header, path)) continue
    const next = statements.findIndex(
      (one, i) => i > at && one.kind === 'header',
    )
    const last = statements[(next === -1 ? statements.length : next) - 1]
    const end = last?.end ?? header.end
    blocks.push({ start: header.start, end: endOfLine(text, end) })
  }
  return blocks
}

function isBelow({ path: own }: Statement, path: readonly string[]): boolean {
  return path.every((name, at) => own[at] === name)
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}

function cut(text: string, blocks: readonly Block[]): string {
  let rest = text
  for (const { start, end } of [...blocks].reverse()) {
    // The empty lines between two tables of the entry go with the second.
    const from = start === blocks[0]?.start ? start : trimBack(rest, start)
    rest = rest.slice(0, from) + rest.slice(end)
  }
  return rest
}

function trimBack(text: string, end: number): number {
  const { length } = text.slice(0, end).replace(/(?:[ \t]*\r?\n)*$/, '')
  const [own = ''] = /^[ \t]*\r?\n/.exec(text.slice(length, end)) ?? []
  return length + own.length
}

function print({ where, value }: Entry, eol: string): string {
  return printTable(pathOf(where), value).join(eol) + eol
}

function printTable(
  path: readonly string[],
  value: unknown,
): readonly string[] {
  const members = Object.entries(isMap(value) ? value : {})
  const tables = members.filter(([, own]) => isMap(own))
  const pairs = members.filter(([, own]) => !isMap(own))
  return [
    `[${path.map(printKey).join('.')}]`,
    // A basic string of TOML is a string of JSON, and so are its lists.
    ...pairs.map(([name, own]) => `${printKey(name)} = ${JSON.stringify(own)}`),
    ...tables.flatMap(([name, own]) => [
      '',
      ...printTable([...path, name], own),
    ]),
  ]
}

function printKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)
}

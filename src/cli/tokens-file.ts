// Edits of gateway.tokens.toml: a new block, a new line, or another instant.
// In: the file's text and a record. Out: the new text.
// INVARIANT: every byte outside the edited place stays; comments, order and
// line ends are the user's.

import type { TokenKind } from '../contract/table.ts'
import {
  endOfString,
  readStatements,
  type Statement,
  skip,
} from '../diagnostics/toml-statements.ts'

/** A record as in the file; instants are ISO 8601. */
export interface NewToken {
  readonly subject: string
  readonly kind: TokenKind
  readonly team?: string
  readonly roles?: readonly string[]
  readonly tools?: Readonly<Record<string, readonly string[]>>
  readonly sha256: string
  readonly created: string
  readonly notBefore?: string
  readonly expires: string
  readonly replaces?: string
  readonly reason?: string
}

const HEAD = [
  '# Token records, written by `gateway token` and reviewed like code.',
  '# This file contains the SHA-256 of each token, not the token. The short lines',
  '# below are places for ids that begin with that character: two branches which',
  '# both issue a token mostly change different places, and git can merge them.',
  '# `gateway token list` prints all records.',
]

/** A line for each beginning of an id, so that git can merge new blocks. Files
 * of older releases have one for each pair of characters. */
const TABS = [...'0123456789abcdefghijklmnopqrstuvwxyz'].map(
  (first) => `#${first}`,
)

const TAB = /^#([a-z0-9]{1,2})(?=\r?$)/gm

/** A file without a record. */
export function writeEmpty(eol = '\n'): string {
  return [...HEAD, '', ...TABS, ''].join(eol)
}

/** Adds `[token.<id>]` before the next id, or before the line of the next
 * beginning. */
export function insertToken(text: string, id: string, token: NewToken): string {
  if (text.trim() === '') {
    return insertToken(writeEmpty(lineEnd(text)), id, token)
  }
  const eol = lineEnd(text)
  const block = [`[token.${id}]`, ...writePairs(token)].join(eol) + eol
  const at = findPlace(text, id)
  if (at === undefined) {
    const broken = text.endsWith('\n') ? text : text + eol
    return broken + (/\n\r?\n$/.test(broken) ? '' : eol) + block
  }
  return text.slice(0, at) + block + eol + text.slice(at)
}

function findPlace(text: string, id: string): number | undefined {
  const statements = readStatements(text)
  const next = statements.find((s) => (tokenId(s) ?? '') > id)
  const tab = [...text.matchAll(TAB)].find(
    ({ index, 1: start = '' }) =>
      start > id && !statements.some((s) => s.start <= index && index < s.end),
  )
  const places = [
    ...(next ? [startOfComments(text, statements, next)] : []),
    ...(tab ? [tab.index] : []),
  ]
  return places.length === 0 ? undefined : Math.min(...places)
}

/** Sets `revoked` in the block of `id`, with the reason as a comment; undefined
 * if there is no block, or if it has `revoked` already. */
export function revokeToken(
  text: string,
  id: string,
  instant: string,
  reason?: string,
): string | undefined {
  const pairs = findPairs(text, id)
  const last = pairs?.at(-1)
  if (!last || pairs?.some(({ path }) => path[0] === 'revoked'))
    return undefined
  const why = reason === undefined ? '' : ` # ${reason}`
  const line = `revoked = ${quote(instant)}${why}`
  return text.slice(0, last.end) + lineEnd(text) + line + text.slice(last.end)
}

/** Writes another `expires`; undefined if the block of `id` has none. */
export function expireToken(
  text: string,
  id: string,
  instant: string,
): string | undefined {
  const pair = findPairs(text, id)?.find(({ path }) => path[0] === 'expires')
  if (pair?.path.length !== 1) return undefined
  const start = skip(text, pair.keys[0]?.end ?? 0, /[ \t]*=[ \t]*/y)
  const isText = /["']/.test(text[start] ?? '')
  const end = isText ? endOfString(text, start) : skip(text, start, /[^\s#]+/y)
  return text.slice(0, start) + quote(instant) + text.slice(end)
}

/** The header of a block and its pairs, without nested tables. */
function findPairs(text: string, id: string): readonly Statement[] | undefined {
  const statements = readStatements(text)
  const first = statements.findIndex(
    (s) => tokenId(s) === id && s.path.length === 2,
  )
  if (first === -1) return undefined
  const next = statements.findIndex(
    ({ kind }, at) => at > first && kind === 'header',
  )
  return statements.slice(first, next === -1 ? undefined : next)
}

function tokenId({ kind, path }: Statement): string | undefined {
  return kind === 'header' && path[0] === 'token' ? path[1] : undefined
}

function writePairs(token: NewToken): readonly string[] {
  return Object.entries(token)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} = ${writeValue(value)}`)
}

function writeValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(quote).join(', ')}]`
  if (typeof value !== 'object') return quote(String(value))
  const pairs = Object.entries(value as object).map(
    ([key, inner]) => `${key} = ${writeValue(inner)}`,
  )
  return `{ ${pairs.join(', ')} }`
}

/** TOML has JSON's escapes, but requires one for U+007F too. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f')
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

/** Comments directly above a block belong to it. */
function startOfComments(
  text: string,
  statements: readonly Statement[],
  { start }: Statement,
): number {
  const floor = Math.max(
    0,
    ...statements.filter((s) => s.start < start).map(({ end }) => end + 1),
  )
  let at = start
  while (at > floor) {
    const line = text.lastIndexOf('\n', at - 2) + 1
    const comment = text.slice(line, at)
    if (line < floor || !/^[ \t]*#/.test(comment)) break
    if (/^#[a-z0-9]{1,2}\s*$/.test(comment)) break
    at = line
  }
  return at
}

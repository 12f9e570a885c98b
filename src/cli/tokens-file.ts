// Edits of gateway.tokens.toml as text: one block more, or one line more.
// In: the file's text and a record. Out: the new text.
// INVARIANT: every byte outside the edited block stays; comments, order and
// line ends are the reader's, not ours.

import type { TokenKind } from '../contract/table.ts'
import {
  readStatements,
  type Statement,
} from '../diagnostics/toml-statements.ts'

/** A record as the file holds it; instants are ISO 8601. */
export interface NewToken {
  readonly subject: string
  readonly kind: TokenKind
  readonly team?: string
  readonly roles?: readonly string[]
  readonly tools?: Readonly<Record<string, readonly string[]>>
  readonly sha256: string
  readonly created: string
  readonly expires: string
  readonly reason?: string
}

const HEAD = [
  '# Token records, written by `gateway token` and reviewed like code.',
  '# The tokens themselves are not here: only their SHA-256.',
]

/** Adds `[token.<id>]` before the first id that follows it. */
export function insertToken(text: string, id: string, token: NewToken): string {
  const eol = lineEnd(text)
  const block = [`[token.${id}]`, ...writePairs(token)].join(eol) + eol
  if (text.trim() === '') return HEAD.join(eol) + eol + eol + block
  const statements = readStatements(text)
  const next = statements.find((s) => (tokenId(s) ?? '') > id)
  if (!next) {
    const broken = text.endsWith('\n') ? text : text + eol
    return broken + (/\n\r?\n$/.test(broken) ? '' : eol) + block
  }
  const at = startOfComments(text, statements, next)
  return text.slice(0, at) + block + eol + text.slice(at)
}

/** Sets `revoked` in the block of `id`; undefined when there is no block that
 * a line could be added to, or it has one. */
export function revokeToken(
  text: string,
  id: string,
  instant: string,
): string | undefined {
  const statements = readStatements(text)
  const first = statements.findIndex(
    (s) => tokenId(s) === id && s.path.length === 2,
  )
  const header = statements[first]
  if (!header) return undefined
  let last = header
  for (const statement of statements.slice(first + 1)) {
    if (statement.kind === 'header') break
    if (statement.path[0] === 'revoked') return undefined
    last = statement
  }
  const line = `revoked = ${quote(instant)}`
  return text.slice(0, last.end) + lineEnd(text) + line + text.slice(last.end)
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

/** JSON's escapes are TOML's, but for U+007F, which TOML wants escaped. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f')
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

/** Comments right above a block belong to it: a new block goes above them. */
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
    if (line < floor || !/^[ \t]*#/.test(text.slice(line, at))) break
    at = line
  }
  return at
}

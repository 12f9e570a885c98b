// The statements of a TOML text, without their values.
// In: a text. Out: headers and key/value pairs with their key paths and spans.
// INVARIANT: a bracket in a string, a comment or a multi-line array is never
// read as a header; an incomplete text ends the list early.

import type { Span } from './written.ts'

export interface Statement {
  readonly kind: 'header' | 'pair'
  /** Dotted keys, unquoted. */
  readonly path: readonly string[]
  /** The place of each key. */
  readonly keys: readonly Key[]
  /** For a header: `[[…]]`, one more element of a list. */
  readonly list: boolean
  /** Offset of the first character of its line. */
  readonly start: number
  /** Offset of its line's end, before the line break. */
  readonly end: number
}

export interface Key extends Span {
  readonly name: string
}

export function readStatements(text: string): readonly Statement[] {
  const statements: Statement[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    const start = at
    at = skip(text, at, /[ \t]*/y)
    if (/[#\r\n]/.test(text[at] ?? '\n')) {
      at = endOfLine(text, at)
    } else {
      const header = text[at] === '['
      const from = header ? skip(text, at, /\[+/y) : at
      const { keys, end } = readKeys(text, from)
      at = endOfStatement(text, header ? end : at)
      statements.push({
        kind: header ? 'header' : 'pair',
        path: keys.map(({ name }) => name),
        keys,
        list: header && text.startsWith('[[', from - 2),
        start,
        end: at,
      })
    }
    at = skip(text, at, /\r?\n?/y)
  }
  return statements
}

const KEY =
  /[ \t]*(?:([A-Za-z0-9_-]+)|"((?:[^"\\\r\n]|\\.)*)"|'([^'\r\n]*)')[ \t]*/y

/** Dotted keys; `end` is the position of the first other character. */
export function readKeys(
  text: string,
  from: number,
): { readonly keys: readonly Key[]; readonly end: number } {
  const keys: Key[] = []
  for (let at = from; ; at++) {
    KEY.lastIndex = at
    const match = KEY.exec(text)
    if (!match) return { keys, end: at }
    const name = match[1] ?? match[3] ?? unquote(match[2] as string)
    const start = at + match[0].length - match[0].trimStart().length
    keys.push({ name, start, end: start + match[0].trim().length })
    at = KEY.lastIndex
    if (text[at] !== '.') return { keys, end: at }
  }
}

function unquote(body: string): string {
  // What TOML has and JSON does not have.
  const plain = body.replaceAll(ESCAPE, (all, digits, sign) => {
    if (sign) return sign === 'e' ? '\\u001b' : all
    const code = Number.parseInt(digits, 16)
    if (code > 0x10ffff) return all
    return JSON.stringify(String.fromCodePoint(code)).slice(1, -1)
  })
  try {
    return JSON.parse(`"${plain}"`) as string
  } catch {
    return body
  }
}

const ESCAPE = /\\(?:U([0-9A-Fa-f]{8})|([\s\S]))/g

/** Skips strings and comments; a line break ends the statement unless a bracket
 * is open. */
function endOfStatement(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    const sign = text[at] as string
    if (sign === '#') at = endOfLine(text, at)
    else if (sign === '"' || sign === "'") at = endOfString(text, at)
    else if (depth === 0 && isLineBreak(text, at)) return at
    else {
      if (sign === '[' || sign === '{') depth++
      if (sign === ']' || sign === '}') depth = Math.max(0, depth - 1)
      at = skip(text, at + 1, /[^#"'[\]{}\r\n]*/y)
    }
  }
  return at
}

function isLineBreak(text: string, at: number): boolean {
  return text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')
}

const STRINGS: readonly RegExp[] = [
  /"""(?:[^\\]|\\[\s\S])*?"""(?!")|'''[\s\S]*?'''(?!')/y,
  /"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'/y,
]

export function endOfString(text: string, from: number): number {
  for (const pattern of STRINGS) {
    const end = skip(text, from, pattern)
    if (end > from) return end
  }
  // Never closed: not TOML; the text after it is not read.
  return text.length
}

function endOfLine(text: string, from: number): number {
  return skip(text, from, /[^\r\n]*(?:\r(?!\n)[^\r\n]*)*/y)
}

export function skip(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : from
}

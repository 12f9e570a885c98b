// Where the statements of a TOML text stand, without reading their values.
// In: a text. Out: headers and key/value pairs with their key paths and spans.
// INVARIANT: a bracket inside a string, a comment or a multi-line array is
// never taken for a header; a text that breaks off ends the list early.

export interface Statement {
  readonly kind: 'header' | 'pair'
  /** Dotted keys, unquoted. */
  readonly path: readonly string[]
  /** Offset of the first character of its line. */
  readonly start: number
  /** Offset of its line's end, before the line break. */
  readonly end: number
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
      const path = readPath(text, from)
      at = endOfStatement(text, header ? skipPath(text, from) : at)
      statements.push({
        kind: header ? 'header' : 'pair',
        path,
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

function readPath(text: string, from: number): readonly string[] {
  const path: string[] = []
  for (let at = from; ; at++) {
    KEY.lastIndex = at
    const match = KEY.exec(text)
    if (!match) return path
    path.push(match[1] ?? match[3] ?? unquote(match[2] as string))
    at = KEY.lastIndex
    if (text[at] !== '.') return path
  }
}

function skipPath(text: string, from: number): number {
  let at = from
  while (true) {
    const next = skip(text, at, KEY)
    if (next === at || text[next] !== '.') return next
    at = next + 1
  }
}

function unquote(body: string): string {
  try {
    return JSON.parse(`"${body}"`) as string
  } catch {
    // TOML's \UXXXXXXXX and \e, which JSON lacks: such a key is no id of ours.
    return body
  }
}

/** Strings and comments are stepped over; a line break ends the statement
 * unless a bracket is open. */
function endOfStatement(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    const sign = text[at] as string
    if (sign === '#') at = endOfLine(text, at)
    else if (sign === '"' || sign === "'") at = endOfString(text, at)
    else if (depth === 0 && /^\r?\n/.test(text.slice(at, at + 2))) return at
    else {
      if (sign === '[' || sign === '{') depth++
      if (sign === ']' || sign === '}') depth = Math.max(0, depth - 1)
      at++
    }
  }
  return at
}

const STRINGS: readonly RegExp[] = [
  /"""(?:[^\\]|\\[\s\S])*?"""(?!")|'''[\s\S]*?'''(?!')/y,
  /"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'/y,
]

function endOfString(text: string, from: number): number {
  for (const pattern of STRINGS) {
    const end = skip(text, from, pattern)
    if (end > from) return end
  }
  // Never closed: not TOML; nothing after it can be trusted.
  return text.length
}

function endOfLine(text: string, from: number): number {
  return skip(text, from, /[^\r\n]*(?:\r(?!\n)[^\r\n]*)*/y)
}

function skip(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : from
}

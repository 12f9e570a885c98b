// TypeScript source of plain values, formatted as Biome formats it.
// In: a tree of calls, objects, lists and texts, with comments. Out: its text.
// INVARIANT: no text leaves its quotes and no comment its line: every sign that
// could is escaped; nothing is written that is not a literal or a call of ours.

import { clean } from '../../diagnostics/clean.ts'

/** Source without line breaks; or brackets around more. */
export type Code = string | Group

export interface Group {
  readonly open: string
  readonly close: string
  readonly items: readonly Item[]
  /** An object has blanks inside of its braces. */
  readonly padded: boolean
}

export interface Item {
  readonly comments?: readonly string[]
  readonly key?: string
  readonly code: Code
  /** An empty line before it. */
  readonly apart?: boolean
}

const WIDTH = 80

export function writeCode(code: Code, indent: number, column: number): string {
  if (typeof code === 'string') return code
  const flat = flatten(code)
  // One more for the comma behind it.
  if (flat !== undefined && column + widthOf(flat) + 1 <= WIDTH) return flat
  const { open, close, items } = code
  // A call with one object or list: the brackets stay together.
  const [only] = items
  if (open.endsWith('(') && items.length === 1 && only && isHuggable(only)) {
    return open + writeCode(only.code, indent, column + open.length) + close
  }
  const inner = indent + 2
  const lines = items.map(
    (item, at) => (at > 0 && item.apart ? '\n' : '') + writeItem(item, inner),
  )
  return `${open}\n${lines.join('')}${' '.repeat(indent)}${close}`
}

function isHuggable({ code, comments = [] }: Item): boolean {
  return typeof code !== 'string' && comments.length === 0
}

function writeItem({ comments = [], key, code }: Item, indent: number): string {
  const margin = ' '.repeat(indent)
  const said = comments.map((text) => writeComment(text, indent))
  const start = key === undefined ? '' : `${writeKey(key)}: `
  const value = writeCode(code, indent, indent + start.length)
  // A text that is too long for the line of its key has its own.
  const long =
    typeof code === 'string' &&
    key !== undefined &&
    indent + start.length + widthOf(value) + 1 > WIDTH
  const written = long
    ? `${start.trimEnd()}\n${margin}  ${value}`
    : start + value
  return `${said.join('')}${margin}${written},\n`
}

/** Signs of East Asia and emoji take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/gu

function widthOf(text: string): number {
  return [...text].length + (text.match(WIDE)?.length ?? 0)
}

/** Undefined if a comment or an empty line is in it. */
function flatten(code: Code): string | undefined {
  if (typeof code === 'string') return code
  const parts: string[] = []
  for (const { comments = [], key, code: inner, apart } of code.items) {
    const flat = flatten(inner)
    if (flat === undefined || comments.length > 0 || apart) return undefined
    parts.push(key === undefined ? flat : `${writeKey(key)}: ${flat}`)
  }
  const pad = code.padded && parts.length > 0 ? ' ' : ''
  return code.open + pad + parts.join(', ') + pad + code.close
}

/** Lines of at most 80 signs; a word is never cut. */
export function writeComment(text: string, indent: number): string {
  const margin = `${' '.repeat(indent)}// `
  // `*/` and the end of a script mean nothing after `//`; line ends are cleaned.
  const words = clean(text.replaceAll(/\s+/g, ' ').trim()).split(' ')
  const hang = text.startsWith('QUESTION') ? '  ' : ''
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    const isFull =
      line === undefined ||
      margin.length + line.length + word.length + 1 > WIDTH
    if (isFull) lines.push(lines.length === 0 ? word : hang + word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.map((line) => `${margin}${line}\n`).join('')
}

function writeKey(key: string): string {
  // In a literal this name would set the prototype.
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : writeText(key)
}

/** Every sign that ends a line, turns the direction, covers another, or is not
 * seen; and every blank but the usual one. */
const ESCAPED =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|(?<=\p{M}{3})\p{M}/gu

const SHORT: Readonly<Record<string, string>> = Object.freeze({
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
})

export function writeText(text: string): string {
  const singles = text.split("'").length
  const quote = singles > text.split('"').length ? '"' : "'"
  const body = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll(ESCAPED, (sign) => SHORT[sign] ?? escapeSign(sign))
    // The end of a script in a page, and a command to a runner of CI.
    .replaceAll('</', '<\\/')
    .replaceAll('##[', '##\\x5b')
  return quote + body + quote
}

function escapeSign(sign: string): string {
  const units = sign.split('').map((unit) => unit.charCodeAt(0))
  return units
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')
}

export function call(name: string, ...codes: readonly Code[]): Group {
  return {
    open: `${name}(`,
    close: ')',
    items: codes.map((code) => ({ code })),
    padded: false,
  }
}

export function object(items: readonly Item[]): Group {
  return { open: '{', close: '}', items, padded: true }
}

export function list(codes: readonly Code[]): Group {
  return {
    open: '[',
    close: ']',
    items: codes.map((code) => ({ code })),
    padded: false,
  }
}

// Renders values as JSON for one line of a log, with a bound.
// INVARIANT: characters that a reader may take for a line break or a terminal
// command are escaped, C1 and U+2028 included.

import { hash } from 'node:crypto'

export function text(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`
  const json = JSON.stringify(value)
  return UNSAFE.test(json) ? json.replace(UNSAFE_ALL, escapeCharacter) : json
}

/** Most bytes of one text from outside in a record, with its quotes. */
const LONGEST = 256

/** As `text`, in at most `most` bytes. A cut text ends with its length and
 * digest, so that equal texts stay equal. */
export function clip(value: string | null, most = LONGEST): string {
  if (value === null) return 'null'
  if (value.length <= most - 2 && PLAIN.test(value)) return `"${value}"`
  const whole = value.length < most ? text(value) : undefined
  if (whole !== undefined && Buffer.byteLength(whole) <= most) return whole
  const digest = hash('sha256', value, 'hex').slice(0, 16)
  const rest = `… (${value.length} characters, sha256 ${digest})`
  const left = most - Buffer.byteLength(rest) - QUOTES
  return `"${beginJson(value, left)}${rest}"`
}

const QUOTES = 2

/** The beginning of a text, escaped for a JSON string of `most` bytes. */
export function beginJson(value: string, most: number): string {
  let left = most
  let begun = ''
  for (const character of value.slice(0, most)) {
    const json = text(character).slice(1, -1)
    left -= Buffer.byteLength(json)
    if (left < 0) break
    begun += json
  }
  return begun
}

/** Shortens a text of a client or a server for a message. */
export function shorten(value: string, most = LONGEST): string {
  if (value.length <= most) return value
  // A surrogate pair is not split.
  return `${value.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Texts that need no escape. */
const PLAIN = /^[ !#-[\]-~]*$/

const UNSAFE = /[\u007f-\u009f\u2028\u2029]/
const UNSAFE_ALL = new RegExp(UNSAFE, 'g')

// Values as JSON, safe on one line of a log, and bounded.
// In: anything from outside. Out: its JSON.
// INVARIANT: what some reader takes for a line break or a terminal command is
// spelled out, C1 signs and U+2028 included.

import { hash } from 'node:crypto'

export function text(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`
  const json = JSON.stringify(value)
  return UNSAFE.test(json) ? json.replace(UNSAFE_ALL, formatOut) : json
}

/** Bytes of one outside text in a record, its quotes included. */
const LONGEST = 256

/** As `text`, in `most` bytes: what is cut says how long it was, and its
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

/** The beginning of a text, as the inside of a JSON string of so many bytes. */
export function beginJson(value: string, most: number): string {
  let left = most
  let begun = ''
  for (const sign of value.slice(0, most)) {
    const json = text(sign).slice(1, -1)
    left -= Buffer.byteLength(json)
    if (left < 0) break
    begun += json
  }
  return begun
}

/** A text of a client or a server as it may be said to somebody. */
export function shorten(value: string, most = LONGEST): string {
  if (value.length <= most) return value
  // Not one half of a sign.
  return `${value.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function formatOut(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Nothing here needs an escape. */
const PLAIN = /^[ !#-[\]-~]*$/

const UNSAFE = /[\u007f-\u009f\u2028\u2029]/
const UNSAFE_ALL = new RegExp(UNSAFE, 'g')

// Words for what a schema requires, and for the value that is there instead.
// In: types, lists of words, values. Out: text for messages and helps.
// INVARIANT: a value is shown only through quote(), which masks credentials.

import { quote } from '../diagnostics/credential.ts'

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  object: 'an object',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
})

/** Name of a type of the schema. */
export function nameType(type: string): string {
  return TYPES[type] ?? type
}

/** The value found: numbers and the like as they are, other values by type. */
export function nameValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return nameType('array')
  const plain = typeof value === 'number' || typeof value === 'boolean'
  return plain ? String(value) : nameType(typeof value)
}

/** A text as it is written in a config. */
export function quoteLiteral(value: unknown): string {
  const shown = quote(value).slice(1, -1)
  return typeof value === 'string' ? `'${shown}'` : shown
}

/** A key of an object as it is written in a config. */
export function formatKey(name: string): string {
  return /^\w+$/.test(name) ? name : quoteLiteral(name)
}

export function joinWords(
  words: readonly string[],
  conjunction = 'or',
): string {
  const last = words.at(-1) ?? ''
  const others = words.slice(0, -1).join(', ')
  return others === '' ? last : `${others} ${conjunction} ${last}`
}

/** A description of the schema as the rest of a help. */
export function lowerFirst(text: string): string {
  const plain = text.replace(/^Not yet in force\. /, '').replace(/\.$/, '')
  if (/^[A-Z]{2}/.test(plain)) return plain
  return plain.charAt(0).toLowerCase() + plain.slice(1)
}

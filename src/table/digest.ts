// Canonical JSON (RFC 8785) and its SHA-256: the name of a table's content.
// In: a JSON value. Out: one spelling of it, or the hex digest of a text.
// INVARIANT: equal values have equal bytes, whatever the order of their keys;
// what JSON cannot say is refused.

import { createHash } from 'node:crypto'

/** RFC 8785: keys by UTF-16 units, numbers and texts as ECMAScript has them. */
export function canonicalize(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`${value} has no canonical JSON`)
  }
  if (
    value === null ||
    ['string', 'number', 'boolean'].includes(typeof value)
  ) {
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`
  if (typeof value !== 'object') {
    throw new TypeError(`a ${typeof value} has no canonical JSON`)
  }
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalize(member)}`)
  return `{${members.join(',')}}`
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What an artefact's `digest` must be. */
export function digestOf(table: object): string {
  return sha256Hex(canonicalize(table))
}

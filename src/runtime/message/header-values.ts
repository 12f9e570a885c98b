// Texts in headers of the modern era, which hold visible ASCII alone
// (docs/specification/2026-07-28, basic/transports, "Value Encoding").
// In: a text, or a header's value. Out: the other.
// INVARIANT: what is encoded here is decoded here to the same text.

const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
const SENTINEL = /^=\?base64\?(.*)\?=$/

/** What a header cannot hold, or reads like the sentinel, goes in base64. */
export function encodeHeader(text: string): string {
  if (PLAIN.test(text) && !SENTINEL.test(text)) return text
  return `=?base64?${Buffer.from(text).toString('base64')}?=`
}

/** Undefined when malformed. */
export function decodeHeader(value: string): string | undefined {
  const [, inner] = SENTINEL.exec(value) ?? []
  if (inner === undefined) return value
  const bytes = Buffer.from(inner, 'base64')
  return bytes.toString('base64') === inner ? bytes.toString() : undefined
}

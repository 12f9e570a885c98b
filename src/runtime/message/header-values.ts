// Encodes texts for headers of the modern era, which hold visible ASCII
// (2026-07-28, basic/transports, "Value Encoding").
// INVARIANT: an encoded text decodes to the same text.

const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
const SENTINEL = /^=\?base64\?(.*)\?=$/

/** Uses base64 for texts that a header cannot hold or that look encoded. */
export function encodeHeader(text: string): string {
  if (PLAIN.test(text) && !SENTINEL.test(text)) return text
  return `=?base64?${Buffer.from(text).toString('base64')}?=`
}

/** Undefined when malformed. */
export function decodeHeader(value: string): string | undefined {
  if (!value.startsWith('=?')) return value
  const [, inner] = SENTINEL.exec(value) ?? []
  if (inner === undefined) return value
  const bytes = Buffer.from(inner, 'base64')
  return bytes.toString('base64') === inner ? bytes.toString() : undefined
}

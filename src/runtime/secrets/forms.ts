// The forms that programs print a secret in. In: its value. Out: what is looked
// for in a text, by how that is folded.
// INVARIANT: bytes stay bytes; no form is shorter than what can be looked for.

import { fold } from './fold.ts'
import { SHORTEST } from './needles.ts'
import { MARK } from './strings.ts'

/** `exact`: as it is. */
export type Mode = 'exact' | 'plain' | 'deep'

/** Shorter ones are looked for as they are: a form of them may be any text. */
const LEAST = 8

/** None for a value of fewer than four bytes: it is in every text. */
export function listNeedles(
  value: string,
): readonly (readonly [Mode, Buffer])[] {
  const bytes = Buffer.from(value)
  if (bytes.length < SHORTEST) return []
  if (value.length < LEAST) return [['exact', bytes]]
  const plain = listForms(value).map((form): readonly [Mode, Buffer] => {
    const exact = Buffer.from(form)
    const folded = fold(exact, 'plain')
    return folded.length < SHORTEST ? ['exact', exact] : ['plain', folded]
  })
  const deep = [
    fold(bytes, 'bare'),
    fold(narrow(value), 'bare'),
    ...listOwn(value).map((form) => fold(Buffer.from(form), 'deep')),
  ]
    .filter(({ length }) => length >= SHORTEST)
    .map((one) => ['deep', one] as const)
  return [...plain, ...deep]
}

/** A value as it is, and as encoders write it whole. */
function listOwn(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  return [
    value,
    bytes.toString('hex'),
    ...[0, 1, 2].map((shift) => encodeAt(bytes, shift)),
  ]
}

/** Also as JSON, URLs and markup do, for where escapes are not resolved. */
function listForms(value: string): readonly string[] {
  const percent = encodeURIComponent(value)
  return [
    ...listOwn(value),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll(/[&<>"']/g, (sign) => MARKUP[sign] ?? sign),
    percent,
    percent.replaceAll('%20', '+'),
    encodeURIComponent(percent),
  ]
}

const MARKUP: Readonly<Record<string, string>> = Object.freeze({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
})

/** As escapes of signs that have two digits in place of bytes: `\xe9` is \u00e9. */
function narrow(value: string): Buffer {
  const signs = [...value].map((sign) =>
    /[\x80-\xff]/.test(sign)
      ? Buffer.of(Math.min(sign.charCodeAt(0), MARK - 1))
      : Buffer.from(sign),
  )
  return Buffer.concat(signs)
}

/** Base64 of the value behind so many other bytes: the signs that are its own. */
function encodeAt(bytes: Buffer, shift: number): string {
  const before = Buffer.alloc(shift)
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor(((shift + bytes.length) * 8) / 6)
  return Buffer.concat([before, bytes]).toString('base64').slice(first, last)
}

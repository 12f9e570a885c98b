// Loose equality of texts, as a lax reader may see it.
// In: a text. Out: its folded form, if any: equal forms may mean the same.
// INVARIANT: bounded time (normalizing is quadratic in a run of marks); texts
// that are equal only after folding are never treated as equal.

/** Invisible characters: joiners, soft hyphens, variation selectors, tags. */
const HIDDEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** Texts that fold to themselves: most texts need only this test. */
const PLAIN_KEY = /^[a-z0-9_]*$/
const PLAIN_TEXT = /^(?:[!-~](?:[ -~]*[!-~])?)?$/

/** UTF-16 units of a text that is normalized, before and after: one character
 * may become eighteen. */
const MAX = 4_096

/** Stream-safe text has at most 30 marks in a row (UAX #15, D3). */
const MARKS = /\p{M}{32}/u

const ASCII = /^[\0-\x7f]*$/

/** Unifies compatibility forms and drops invisible characters. */
export function normalizeText(text: string): string | undefined {
  if (ASCII.test(text)) return text
  if (text.length > MAX || MARKS.test(text)) return undefined
  const normal = text.normalize('NFKC').replace(HIDDEN, '')
  return normal.length > MAX ? undefined : normal
}

/** A text for readers that normalize, drop control characters and trim. */
export function foldText(text: string): string | undefined {
  if (PLAIN_TEXT.test(text)) return text
  return normalizeText(text)
    ?.replace(/\p{Cc}/gu, '')
    .trim()
}

/** A key for the laxest parser: without case (`ſ` is `s`, the Kelvin sign `k`),
 * and without the text after a NUL. */
export function foldKey(key: string): string | undefined {
  if (isPlainKey(key)) return key
  const end = key.indexOf('\0')
  const read = foldText(end === -1 ? key : key.slice(0, end))
  return read?.toLowerCase().toUpperCase().toLowerCase()
}

/** Whether the folded form of a key is the key itself. */
export function isPlainKey(key: string): boolean {
  return PLAIN_KEY.test(key)
}

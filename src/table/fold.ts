// How loosely a reader may take a text for another one.
// In: a text. Out: its folded form: equal ones may mean the same; undefined: all.
// INVARIANT: bounded time (normalization costs the square of a run of marks);
// what only folds to a text is never equal to it.

/** Signs that show nothing: joiners, soft hyphens, variation selectors, tags. */
const HIDDEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** Texts that fold to themselves, so that most cost one look. */
const PLAIN_KEY = /^[a-z0-9_]*$/
const PLAIN_TEXT = /^(?:[!-~](?:[ -~]*[!-~])?)?$/

/** UTF-16 units of a text that is normalized, before and after: one sign may
 * become eighteen. */
const MAX = 4_096

/** Stream-safe text has at most 30 marks in a row (UAX #15, D3). */
const MARKS = /\p{M}{32}/u

const ASCII = /^[\0-\x7f]*$/

/** Compatibility forms made one, and signs that show nothing dropped. */
export function normalizeText(text: string): string | undefined {
  if (ASCII.test(text)) return text
  if (text.length > MAX || MARKS.test(text)) return undefined
  const normal = text.normalize('NFKC').replace(HIDDEN, '')
  return normal.length > MAX ? undefined : normal
}

/** What a text is to readers that normalize, drop control signs and trim. */
export function foldText(text: string): string | undefined {
  if (PLAIN_TEXT.test(text)) return text
  return normalizeText(text)
    ?.replace(/\p{Cc}/gu, '')
    .trim()
}

/** A key as the loosest parser reads it: case aside (`ſ` is `s`, the Kelvin
 * sign `k`), and without what follows a NUL. */
export function foldKey(key: string): string | undefined {
  if (isPlainKey(key)) return key
  const end = key.indexOf('\0')
  const read = foldText(end === -1 ? key : key.slice(0, end))
  return read?.toLowerCase().toUpperCase().toLowerCase()
}

/** Whether a key folds to itself. */
export function isPlainKey(key: string): boolean {
  return PLAIN_KEY.test(key)
}

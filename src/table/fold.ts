// How loosely a reader may take a text for another one.
// In: a text or a key. Out: its folded form: equal forms may mean the same.
// INVARIANT: linear time; what only folds to a text is never equal to it.

/** Signs that show nothing: joiners, soft hyphens, variation selectors, tags. */
const HIDDEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** Texts that fold to themselves, so that most cost one look. */
const PLAIN_KEY = /^[a-z0-9_]*$/
const PLAIN_TEXT = /^(?:[!-~](?:[ -~]*[!-~])?)?$/

/** Compatibility forms made one, and signs that show nothing dropped. */
export function normalizeText(text: string): string {
  return text.normalize('NFKC').replace(HIDDEN, '')
}

/** What a text is to readers that normalize, drop control signs and trim. */
export function foldText(text: string): string {
  if (PLAIN_TEXT.test(text)) return text
  return normalizeText(text)
    .replace(/\p{Cc}/gu, '')
    .trim()
}

/** A key as the loosest parser reads it: case aside (`ſ` is `s`, the Kelvin
 * sign `k`), and without what follows a NUL. */
export function foldKey(key: string): string {
  if (PLAIN_KEY.test(key)) return key
  const end = key.indexOf('\0')
  const read = foldText(end === -1 ? key : key.slice(0, end))
  return read.toLowerCase().toUpperCase().toLowerCase()
}

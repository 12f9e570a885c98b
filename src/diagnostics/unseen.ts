// Signs that a reader of a text cannot see, and how to show them.
// In: a text of others. Out: its unseen signs; or the text with them spelt out.
// INVARIANT: what scripts and emoji need is not unseen: a joiner between the
// letters of a script that joins, a selector or a joiner after a pictograph.

/** Controls, formats, surrogates, private use, fillers that have no glyph. */
export const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Joiners of scripts that need them, and parts of one emoji. */
const MEANT =
  /(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Mongolian}])[\u200c\u200d](?=\p{L})|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\d#*]\ufe0f?)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Extended_Pictographic}\d#*])[\ufe0e\ufe0f]/gu

/** "U+200B", each once, in the order of the text; line breaks and tabs are
 * none in a text of several lines. */
export function listUnseen(text: string, lines = true): readonly string[] {
  // Nearly every text is plain.
  if (/^[ -~]*$/.test(text)) return []
  const bare = text.replaceAll(MEANT, '')
  const read = lines ? bare.replaceAll(/\r\n|[\n\t]/g, '') : bare
  return [...new Set(read.match(UNSEEN) ?? [])].map(nameSign)
}

/** One line in which every sign can be seen: `\u{200b}`, `\n`. */
export function formatUnseen(text: string): string {
  return text
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replaceAll(UNSEEN, (sign) => `\\u{${hexOf(sign)}}`)
}

function nameSign(sign: string): string {
  return `U+${hexOf(sign).toUpperCase().padStart(4, '0')}`
}

function hexOf(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16)
}

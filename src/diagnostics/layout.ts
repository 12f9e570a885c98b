// How text takes room on a terminal: columns of signs, lines of a width.
// In: text that is safe to show, with or without marks of colour and links.
// Out: columns, lines. INVARIANT: no sign is cut in its middle, and no mark is
// counted; pure, so that a width is all that a test needs.

/** Colours (CSI … m) and links (OSC 8), which `format` of shown.ts writes. */
const MARK = /\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\/
const MARKS = new RegExp(MARK.source, 'g')

/** In a line that a reader copies as a whole: it is not broken. No text of
 * others has this sign, because it is unseen (clean.ts). */
export const WHOLE = '\x0e'

/** Signs of one column and one unit each: of most of what is printed. */
const PLAIN =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f\ufffd]*$/

/** East Asian Wide and Fullwidth, as scripts and blocks. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Yi}\p{Script=Tangut}\p{Script=Nushu}\p{Script=Khitan_Small_Script}\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2ff0-\u303e\u3099-\u30ff\u3105-\u3247\u3250-\u33ff\u4dc0-\u4dff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f265}]/u
const NARROW = /^[\uff61-\uff9f]/
const EMOJI = /\p{Extended_Pictographic}\ufe0f|\u20e3/u
const UNCOUNTED = /^[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]+$/u

/** As a reader counts them: a letter with its accents is one. */
export function splitSigns(text: string): readonly string[] {
  if (PLAIN.test(text)) return text.split('')
  const signs: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = endOfStretch(text, at)
    const stretch = segmenterOf().segment(text.slice(at, end))
    const found = Array.from(stretch, ({ segment }) => segment)
    // The last one may go on behind the stretch.
    if (end < text.length && found.length > 1) found.pop()
    for (const sign of found) at += sign.length
    signs.push(...found)
  }
  return signs
}

/** Twice as long a text is split in four times the time: so it is split in
 * stretches of this many units. */
const STRETCH = 256

/** Not between the two units of one sign. */
function endOfStretch(text: string, at: number): number {
  const end = at + STRETCH
  return /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end
}

/** Made when it is first needed, because it reads data for a long time; and once,
 * because each one costs more than many words. */
const segmenterOf = (() => {
  let made: Intl.Segmenter | undefined
  return () => {
    made ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
    return made
  }
})()

function measureSign(sign: string): number {
  if (PLAIN.test(sign)) return sign.length
  if (UNCOUNTED.test(sign)) return 0
  if (NARROW.test(sign)) return 1
  return WIDE.test(sign) || EMOJI.test(sign) ? 2 : 1
}

/** Columns of one line. */
export function measure(line: string): number {
  if (PLAIN.test(line)) return line.length
  const bare = line.replaceAll(MARKS, '')
  if (PLAIN.test(bare)) return bare.length
  return splitSigns(bare).reduce((sum, sign) => sum + measureSign(sign), 0)
}

/** Its first columns; never half a sign. */
export function cutColumns(text: string, columns: number): string {
  if (measure(text) <= columns) return text
  let room = columns
  const kept: string[] = []
  for (const sign of splitSigns(text)) {
    room -= measureSign(sign)
    if (room < 0) break
    kept.push(sign)
  }
  return kept.join('')
}

/** Every line at most so wide; what goes on is indented below its line. */
export function wrapText(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (line.includes(WHOLE)) return line.replaceAll(WHOLE, '')
      if (measure(line) <= columns) return line
      const blanks = /^ */.exec(line)?.[0].length ?? 0
      const indent = Math.min(blanks + 2, Math.floor(columns / 2))
      return breakLine(line, columns, indent).join('\n')
    })
    .join('\n')
}

/** A blank, a mark, or what stands between them. */
const PIECES = new RegExp(`${MARK.source}| +|[^ \\x1b]+`, 'g')
/** After these a word may be broken. */
const JOINTS = /(?<=[/\\,;:_.=&?-])(?=[^/\\,;:_.=&?-])/

/** At blanks; in a word only if it alone is too wide, after a joint if there
 * is one. */
export function breakLine(
  line: string,
  columns: number,
  indent = 0,
): readonly string[] {
  const lines: string[] = []
  let now = ''
  let used = 0
  let blanks = ''
  const next = () => {
    lines.push(now)
    now = ' '.repeat(indent)
    used = indent
    blanks = ''
  }
  const put = (text: string, width: number) => {
    now += blanks + text
    used += blanks.length + width
    blanks = ''
  }
  for (const piece of line.match(PIECES) ?? []) {
    if (piece.startsWith('\x1b')) {
      now += blanks + piece
      used += blanks.length
      blanks = ''
      continue
    }
    if (piece.startsWith(' ')) {
      blanks += piece
      continue
    }
    const width = measure(piece)
    if (used + blanks.length + width <= columns) {
      put(piece, width)
      continue
    }
    const fits = width <= columns - indent
    if (fits && now.trim() !== '') next()
    if (used + blanks.length + width <= columns) {
      put(piece, width)
      continue
    }
    for (const part of splitWord(piece, columns - indent)) {
      const wide = measure(part)
      if (used + blanks.length + wide > columns) next()
      put(part, wide)
    }
  }
  // A question ends with a blank, after which somebody types.
  const end = blanks.slice(0, Math.max(0, columns - used))
  lines.push(now + end)
  return lines
}

function splitWord(word: string, columns: number): readonly string[] {
  return word.split(JOINTS).flatMap((part) => {
    if (measure(part) <= columns) return [part]
    return splitSigns(part)
  })
}

// JSON as clients read their own files: with comments and trailing commas.
// In: such a text. Out: the same text as strict JSON.
// INVARIANT: every character that stays keeps its place, so that the places of
// the strict text are those of the file; the time is linear in the text.

export function relaxJson(text: string): string {
  const pieces: string[] = []
  /** Up to here the text is in `pieces`. */
  let from = 0
  /** Piece of the last comma, while only blanks and comments follow it. */
  let comma = -1
  const take = (start: number, end: number, piece: string) => {
    pieces.push(text.slice(from, start), piece)
    from = end
  }
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? ''
    if (sign === '/' && /[/*]/.test(text[at + 1] ?? '')) {
      const end = endOfComment(text, at)
      take(at, end, text.slice(at, end).replaceAll(/[^\r\n]/g, ' '))
      at = end - 1
    } else if (sign === ',') {
      take(at, at + 1, sign)
      comma = pieces.length - 1
    } else if (!/\s/.test(sign)) {
      if (comma !== -1 && /[}\]]/.test(sign)) pieces[comma] = ' '
      comma = -1
      if (sign === '"') at = endOfText(text, at)
    }
  }
  return pieces.join('') + text.slice(from)
}

function endOfComment(text: string, start: number): number {
  if (text[start + 1] === '/') {
    const end = text.indexOf('\n', start)
    return end === -1 ? text.length : end
  }
  const end = text.indexOf('*/', start + 2)
  return end === -1 ? text.length : end + 2
}

/** At its closing quote, or before the end of its line. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text[at]
    if (sign === '"') return at
    if (sign === '\n' || sign === '\r') return at - 1
    if (sign === '\\') at++
  }
  return text.length
}

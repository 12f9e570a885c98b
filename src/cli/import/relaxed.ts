// JSON as clients read their own files: with comments and trailing commas.
// In: such a text. Out: the same text as strict JSON.
// INVARIANT: every character that stays keeps its place, so that the places of
// the strict text are those of the file; the time is linear in the text.

/** A text; a comment; a comma; blanks; anything else up to one of these. */
const PIECE =
  /"(?:[^"\\\r\n]|\\[^\r\n])*"?|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|,|\s+|[^"/,\s]+|\//g

export function relaxJson(text: string): string {
  const pieces: string[] = []
  /** The last comma, while only blanks and comments follow it. */
  let comma = -1
  for (const [piece] of text.matchAll(PIECE)) {
    if (/^\/[/*]/.test(piece)) {
      pieces.push(piece.replaceAll(/[^\r\n]/g, ' '))
      continue
    }
    if (comma !== -1 && /^[}\]]/.test(piece)) pieces[comma] = ' '
    if (/\S/.test(piece)) comma = piece === ',' ? pieces.length : -1
    pieces.push(piece)
  }
  return pieces.join('')
}

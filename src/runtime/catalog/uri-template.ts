// Matches URIs against URI templates (RFC 6570).
// INVARIANT: linear in the URI; an invalid template matches nothing.

/** A run of literal text, or an expression. */
type Piece = string | { readonly crosses: boolean }

/** Operators whose values may hold a slash, or begin with one. */
const CROSSING = /^[+#/?&.;]|\*/

/** Supports levels 1 to 4 and does not check values: the server does. */
export function readTemplate(template: string): (uri: string) => boolean {
  const pieces = readPieces(template)
  return (uri) => pieces !== undefined && matchPieces(pieces, uri)
}

function readPieces(template: string): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  let at = 0
  for (const match of template.matchAll(/\{([^{}]*)\}/g)) {
    const literal = template.slice(at, match.index)
    if (literal !== '') pieces.push(literal)
    pieces.push({ crosses: CROSSING.test(match[1] ?? '') })
    at = match.index + match[0].length
  }
  const rest = template.slice(at)
  if (rest !== '') pieces.push(rest)
  return pieces.some((one) => typeof one === 'string' && /[{}]/.test(one))
    ? undefined
    : pieces
}

/** Finds each literal at its first place after the previous one, and the last
 * literal at the end. */
function matchPieces(pieces: readonly Piece[], uri: string): boolean {
  let at = 0
  let open: { readonly crosses: boolean } | undefined
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece !== 'string') {
      open = { crosses: (open?.crosses ?? false) || piece.crosses }
      continue
    }
    const last = index === pieces.length - 1
    const ahead = last ? uri.length - piece.length : uri.indexOf(piece, at)
    const found = open ? ahead : at
    if (found < at || !uri.startsWith(piece, found)) return false
    if (open && !fits(open, uri.slice(at, found))) return false
    at = found + piece.length
    open = undefined
  }
  return open ? fits(open, uri.slice(at)) : at === uri.length
}

function fits({ crosses }: { readonly crosses: boolean }, value: string) {
  return crosses || (value !== '' && !value.includes('/'))
}

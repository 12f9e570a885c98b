// Patterns: literal characters and `*`, which matches any characters.
// In: a pattern and a value. Out: whether the whole value matches.
// INVARIANT: linear time on any input; case-sensitive; no other special sign.

/** Whether `value` matches `pattern` from end to end. Greedy from the left: the
 * pieces between stars are searched in order, each once. */
export function matchPattern(pattern: string, value: string): boolean {
  const star = pattern.indexOf('*')
  if (star === -1) return pattern === value
  const last = pattern.lastIndexOf('*')
  const tail = pattern.length - last - 1
  if (value.length < star + tail) return false
  if (!value.startsWith(pattern.slice(0, star))) return false
  if (!value.endsWith(pattern.slice(last + 1))) return false
  const end = value.length - tail
  let from = star
  for (const piece of pattern.slice(star, last + 1).split('*')) {
    const at = findPiece(piece, value, from)
    if (at === -1 || at + piece.length > end) return false
    from = at + piece.length
  }
  return true
}

/** Longer pieces than people write: indexOf may compare each character at each
 * position (Knuth, Morris and Pratt, 1977, never goes back). */
const LONG = 64

function findPiece(piece: string, value: string, from: number): number {
  if (piece.length <= LONG) return value.indexOf(piece, from)
  const border = new Uint32Array(piece.length)
  for (let at = 1, held = 0; at < piece.length; at++) {
    while (held > 0 && piece[at] !== piece[held]) held = border[held - 1] ?? 0
    if (piece[at] === piece[held]) held++
    border[at] = held
  }
  for (let at = from, held = 0; at < value.length; at++) {
    while (held > 0 && value[at] !== piece[held]) held = border[held - 1] ?? 0
    if (value[at] === piece[held]) held++
    if (held === piece.length) return at - held + 1
  }
  return -1
}

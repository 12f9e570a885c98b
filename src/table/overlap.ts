// The overlap of patterns: what two patterns both match, as patterns.
// In: patterns of literal characters and `*`. Out: patterns.
// INVARIANT: both inputs match all that a result matches, and a result matches
// all that both match, up to a bound that only contrived patterns reach.

import { matchPattern } from './match.ts'

/** Further patterns are left out. */
const MAX_RESULTS = 64
const MAX_WITNESSES = 500

/** `get_*` and `*_file` → `get_*_file`, `get_file`. */
export function intersectPatterns(a: string, b: string): readonly string[] {
  // If `a` matches the text of `b`, stars included, it matches all `b` does.
  if (matchPattern(a, b)) return [b]
  if (matchPattern(b, a)) return [a]
  const known = new Map<string, readonly string[]>()
  const meet = (i: number, j: number): readonly string[] => {
    const key = `${i} ${j}`
    const told = known.get(key)
    if (told) return told
    const found = [...new Set(extend(i, j))].slice(0, MAX_RESULTS)
    known.set(key, found)
    return found
  }
  const after = (head: string, rest: readonly string[]) =>
    rest.map((tail) =>
      head === '*' && tail.startsWith('*') ? tail : head + tail,
    )
  const extend = (i: number, j: number): readonly string[] => {
    const [x, y] = [a[i], b[j]]
    if (x === undefined && y === undefined) return ['']
    if (x === '*' && y === '*') {
      return [...after('*', meet(i + 1, j)), ...after('*', meet(i, j + 1))]
    }
    // A star matches nothing, or one more character of the other.
    if (x === '*') {
      const more = y === undefined ? [] : after(y, meet(i, j + 1))
      return [...meet(i + 1, j), ...more]
    }
    if (y === '*') {
      const more = x === undefined ? [] : after(x, meet(i + 1, j))
      return [...meet(i, j + 1), ...more]
    }
    return x === y && x !== undefined ? after(x, meet(i + 1, j + 1)) : []
  }
  return meet(0, 0)
}

/** Patterns, and all their overlaps: each of them, used as a name, is one way
 * in which these patterns can apply to a name. */
export function closePatterns(patterns: Iterable<string>): readonly string[] {
  // The bound must give the same result in every order of the patterns.
  const closed = new Set([...patterns].sort())
  const starred = [...closed].filter((one) => one.includes('*'))
  for (let i = 1; i < starred.length; i++) {
    for (let j = 0; j < i && closed.size < MAX_WITNESSES; j++) {
      const pair = [starred[i], starred[j]] as [string, string]
      for (const witness of intersectPatterns(...pair)) {
        if (closed.has(witness)) continue
        closed.add(witness)
        if (witness.includes('*')) starred.push(witness)
      }
    }
  }
  return [...closed].sort()
}

// Did you mean: the known word nearest to the one that was written.
// In: a word and the words that would do. Out: the nearest, if near enough.
// INVARIANT: the same words in any order give the same answer.

/** The nearest of `known`, or undefined when none is near. */
export function suggest(
  word: string,
  known: Iterable<string>,
): string | undefined {
  const reach = Math.max(1, Math.floor(word.length / 3))
  return [...known]
    .map((name) => ({ name, distance: measureDistance(word, name, reach) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))[0]
    ?.name
}

/** "did you mean `linear`? declared: github, linear", for a finding's help. */
export function suggestHelp(
  word: string,
  known: readonly string[],
  what = 'declared',
): string {
  const nearest = suggest(word, known)
  const list =
    known.length === 0
      ? `none is ${what}`
      : `${what}: ${[...known].sort().join(', ')}`
  return nearest === undefined ? list : `did you mean \`${nearest}\`? ${list}`
}

/** Levenshtein with swaps of neighbours, ignoring case; Infinity early when it
 * must exceed `reach`. */
function measureDistance(left: string, right: string, reach: number): number {
  const a = left.toLowerCase()
  const b = right.toLowerCase()
  if (Math.abs(a.length - b.length) > reach) return Number.POSITIVE_INFINITY
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const here = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const costs = [
        (above[column] as number) + 1,
        (here[column - 1] as number) + 1,
        (above[column - 1] as number) + (same ? 0 : 1),
      ]
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        costs.push((before[column - 2] as number) + 1)
      }
      here.push(Math.min(...costs))
    }
    before = above
    above = here
  }
  return above[b.length] as number
}

// Did you mean: the known word that is nearest to the written one.
// In: a word and the accepted words. Out: the nearest, if it is near enough.
// INVARIANT: the same words in any order give the same answer.

import type { Word } from '../contract/diagnostic.ts'
import { quote } from './credential.ts'

/** The nearest of `known`; undefined if none is near. */
export function suggest(
  word: string,
  known: Iterable<string>,
): string | undefined {
  return findNear(word, known)[0]
}

/** The word that a finding is about, and the right word if that is certain. */
export function findWord(
  part: Word['part'],
  was: string,
  known: readonly string[],
  beside: readonly string[] = [],
): Word {
  const now = suggestOnly(was, known, beside)
  return now === undefined ? { part, was } : { part, was, now }
}

/** Certain: only one is near, and it is not present already, correct or
 * misspelt, `beside` the word. */
function suggestOnly(
  word: string,
  known: readonly string[],
  beside: readonly string[],
): string | undefined {
  if (beside.length > MAX_COMPARED) return undefined
  const [nearest, second] = findNear(word, known)
  if (nearest === undefined || second !== undefined) return undefined
  if (word.length < CERTAIN || digitsOf(word) !== digitsOf(nearest)) {
    return undefined
  }
  const others = beside.filter((one) => one !== word)
  const taken = others.some(
    (one) =>
      one === nearest ||
      (!known.includes(one) && suggest(one, known) === nearest),
  )
  return taken ? undefined : nearest
}

/** Shorter words are near to almost any word. */
const CERTAIN = 3

/** A different number is a different thing, not a typing error. */
function digitsOf(word: string): string {
  return word.replaceAll(/\D/g, '')
}

/** Every word is compared with every name, so only up to this many names. */
const MAX_COMPARED = 2_000

/** No name is longer. */
const LONGEST = 200

/** The names within reach, the nearest first. */
function findNear(word: string, known: Iterable<string>): readonly string[] {
  const reach = Math.max(1, Math.floor(word.length / 3))
  const isLong = Array.isArray(known) && known.length > MAX_COMPARED
  if (isLong || word.length > LONGEST) return []
  const names = [...new Set(known)]
  return names
    .map((name) => ({ name, distance: measureDistance(word, name, reach) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
}

/** "not among the 3 roles", for the mark below a source line. */
export function labelUnknown(
  known: readonly string[],
  what: string,
): string | undefined {
  if (known.length === 0) return undefined
  if (known.length > 1) return `not among the ${known.length} ${what}s`
  return `the only ${what} is ${quote(known[0])}`
}

/** "did you mean `linear`? declared: github, linear", for a finding's help. */
export function suggestHelp(
  word: string,
  known: readonly string[],
  what = 'declared',
): string {
  return listHelp(suggest(word, known), known, what)
}

/** The same text for a nearest word that is known already. */
export function listHelp(
  nearest: string | undefined,
  known: readonly string[],
  what: string,
): string {
  if (known.length > MAX_COMPARED) return `${known.length} are ${what}`
  const names = [...known].sort()
  const rest = names.length - MAX
  const shown = names.slice(0, MAX).join(', ')
  const more = rest > 0 ? `${shown}, and ${rest} more` : shown
  const list = names.length === 0 ? `none is ${what}` : `${what}: ${more}`
  if (nearest === undefined) return list
  const meant = `did you mean \`${nearest}\`?`
  return names.length > FEW ? meant : `${meant} ${list}`
}

/** With more names than these a list does not help. */
const FEW = 8
const MAX = 20

/** Levenshtein distance with swaps of neighbours, ignoring case; Infinity as
 * soon as it must exceed `reach`. */
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

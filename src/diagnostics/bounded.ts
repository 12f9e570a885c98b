// Bounds the findings of each code in a report.
// In: findings of the stages. Out: the first of each code, with the number of
// those that were left out.
// INVARIANT: linear; a code that was found stays, with its severity.

import type { Diagnostic } from '../contract/diagnostic.ts'

export const MAX_OF_ONE_CODE = 200

export function boundFindings(
  found: readonly Diagnostic[],
): readonly Diagnostic[] {
  const counts = new Map<string, number>()
  const kept = found.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    return count <= MAX_OF_ONE_CODE
  })
  if (kept.length === found.length) return found
  const last = new Map(kept.map((one, index) => [one.code, index]))
  return kept.map((one, index) => {
    const left = (counts.get(one.code) ?? 0) - MAX_OF_ONE_CODE
    if (left <= 0 || last.get(one.code) !== index) return one
    const message = `and ${left} more like this, which are not listed`
    return { ...one, notes: [...one.notes, { message }] }
  })
}

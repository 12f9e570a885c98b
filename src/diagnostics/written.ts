// The place of each part of a data file.
// In: a tree of spans from a reader, and a path. Out: line and column.
// INVARIANT: the place of a member is its key, that of an element its start.

import type { Position, Range } from '../contract/diagnostic.ts'

/** Levels of a data file; no config needs as many. */
export const MAX_DEPTH = 64

/** Offsets into the text, in UTF-16 units; `end` is after the last one. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A value with its place. */
export interface Written extends Span {
  /** Span of its key, if it has one. */
  readonly key?: Span
  /** By key, or by index. */
  readonly members: ReadonlyMap<string, Written>
}

export interface Place {
  readonly range: Range
  /** How many segments of the path are not visible in the source. */
  readonly missing: number
}

export function openWritten(
  tree: Written,
  text: string,
  file: string,
): (path: readonly string[]) => Place {
  const rangeOf = openRanges(text, file)
  return (path) => {
    let here = tree
    for (const [depth, key] of path.entries()) {
      const next = here.members.get(key)
      const missing = path.length - depth
      if (!next) return { range: rangeOf(here.key ?? here), missing }
      here = next
    }
    return { range: rangeOf(here.key ?? here), missing: 0 }
  }
}

/** The value at a path; undefined if a part of the path is missing. */
export function findWritten(
  tree: Written,
  path: readonly string[],
): Written | undefined {
  return path.reduce<Written | undefined>(
    (here, key) => here?.members.get(key),
    tree,
  )
}

/** Spans of a text as ranges of its file. */
export function openRanges(
  text: string,
  file: string,
): (span: Span) => Range & { readonly end: Position } {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    starts.push(at + 1)
  }
  const positionOf = (offset: number): Position => {
    const line = countUpTo(starts, offset)
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 }
  }
  return ({ start, end }) => ({
    file,
    start: positionOf(start),
    end: positionOf(end),
  })
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] as number) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

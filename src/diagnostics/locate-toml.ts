// Places in TOML: the nearest key or table header (iarna keeps no positions).
// In: the text and a path. Out: the line and column of the longest match.
// INVARIANT: reads headers and keys only; never judges the text.

import type { Position } from '../contract/diagnostic.ts'

const KEY = String.raw`(?:[\w-]+|"[^"]*"|'[^']*')`
const DOTTED = `${KEY}(?:\\s*\\.\\s*${KEY})*`
const HEADER = new RegExp(`^(\\s*\\[\\[?\\s*)(${DOTTED})\\s*\\]`)
const ASSIGNMENT = new RegExp(`^(\\s*)(${DOTTED})\\s*=`)

/** The place of the longest visible part of `path`. */
export function locateInToml(
  text: string,
  path: readonly string[],
): { readonly position: Position; readonly missing: number } | undefined {
  let table: readonly string[] = []
  let best: { position: Position; missing: number } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const header = HEADER.exec(line)
    const match = header ?? ASSIGNMENT.exec(line)
    if (!match) continue
    const [, indent = '', dotted = ''] = match
    const keys = splitKeys(dotted)
    const here = header ? keys : [...table, ...keys]
    if (header) table = keys
    // A header may go deeper than the path, and still be where it is named.
    const common = Math.min(here.length, path.length)
    if (!path.slice(0, common).every((key, depth) => key === here[depth]))
      continue
    const missing = path.length - common
    if (best && best.missing <= missing) continue
    const position = { line: index + 1, column: indent.length + 1 }
    best = { position, missing }
  }
  return best
}

function splitKeys(dotted: string): readonly string[] {
  return (dotted.match(new RegExp(KEY, 'g')) ?? []).map((key) =>
    key.replace(/^(["'])(.*)\1$/, '$2'),
  )
}

// Text for a person: safe to print, aligned, coloured only on a terminal.
// In: values that others wrote. Out: text.
// INVARIANT: no text from a config, a file or a server can move the cursor or
// forge a line.

import { clean } from '../diagnostics/clean.ts'
import {
  type Hole,
  joinPlain,
  Plain,
  plain,
  plainLines,
} from '../diagnostics/shown.ts'
import type { Io } from './verb.ts'

/** NO_COLOR (no-color.org): set and not empty. */
export function wantsColour(io: Io, stream = io.stdout): boolean {
  const { isTTY } = stream as { readonly isTTY?: boolean }
  return isTTY === true && !io.env.NO_COLOR && io.env.TERM !== 'dumb'
}

/** Rows under their headings, two blanks between columns. */
export function alignRows(
  rows: readonly (readonly string[])[],
  least: readonly number[] = [],
): Plain {
  const cleaned = rows.map((row) => row.map(clean))
  const widths = (cleaned[0] ?? []).map((_, column) =>
    cleaned.reduce(
      (most, row) => Math.max(most, row[column]?.length ?? 0),
      least[column] ?? 0,
    ),
  )
  return plainLines(
    cleaned.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  )
}

/** Lines, with an empty one between blocks. */
export function joinBlocks(blocks: readonly (readonly Hole[])[]): Plain {
  const told = blocks.filter((block) => block.length > 0)
  const written = told.map((block) =>
    joinPlain(
      block.map((one) => (one instanceof Plain ? one : plain`${one}\n`)),
    ),
  )
  return joinPlain(written, '\n')
}

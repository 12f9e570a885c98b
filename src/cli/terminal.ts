// Text for a person: safe to print, aligned, coloured only on a terminal.
// In: values that others wrote. Out: text.
// INVARIANT: nothing that a config, a file or a server said can move the
// cursor or forge a line: control characters are spelled out.

import type { Io } from './verb.ts'

/** NO_COLOR (no-color.org): set and not empty. */
export function wantsColour(io: Io): boolean {
  const { isTTY } = io.stdout as { readonly isTTY?: boolean }
  return isTTY === true && !io.env.NO_COLOR && io.env.TERM !== 'dumb'
}

/** One line of foreign text: control and direction signs as `\u{…}`. */
export function clean(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (sign) => `\\u{${(sign.codePointAt(0) as number).toString(16)}}`,
  )
}

/** Rows under their headings, two blanks between columns. */
export function alignRows(rows: readonly (readonly string[])[]): string {
  const cleaned = rows.map((row) => row.map(clean))
  const widths = (cleaned[0] ?? []).map((_, column) =>
    Math.max(...cleaned.map((row) => row[column]?.length ?? 0)),
  )
  return cleaned
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** `5400000` → `1 h 30 min`: the two largest units that say something. */
export function spellDuration(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const
  let rest = Math.max(0, milliseconds)
  const parts: string[] = []
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}

/** To the second: what a person reads in a review. */
export function spellInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

// Rows as CSV (RFC 4180).
// In: cells. Out: text.
// INVARIANT: no spreadsheet reads a cell as a formula, whatever separator it
// uses; a cell is one line.

import { clean } from '../../diagnostics/clean.ts'
import { Shown } from '../../diagnostics/shown.ts'

type Cell = string | number | null | undefined

export function renderCsv(
  rows: readonly (readonly Cell[])[],
  end = '\r\n',
): Shown {
  const written = rows.map((row) => `${row.map(quoteCell).join(',')}${end}`)
  return new Shown(written.join(''))
}

const FORMULA = /(^|;)(\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/g

/** A row that begins with `::` would be a command for a CI runner. */
function quoteCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = clean(cell).replaceAll(FORMULA, "$1'$2")
  const quoted = /[",]|^\s*::/.test(safe)
  return quoted ? `"${safe.replaceAll('"', '""')}"` : safe
}

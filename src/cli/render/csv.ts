// Rows as CSV (RFC 4180).
// In: cells. Out: text.
// INVARIANT: no spreadsheet takes a cell for a formula, whatever it takes for
// the separator; a cell is one line.

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

/** A row that begins with `::` would command a CI runner. */
function quoteCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = clean(cell).replaceAll(FORMULA, "$1'$2")
  const quoted = /[",]|^\s*::/.test(safe)
  return quoted ? `"${safe.replaceAll('"', '""')}"` : safe
}

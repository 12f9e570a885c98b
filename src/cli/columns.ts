// The tables of every verb: rows in columns, two blanks between them.
// In: rows of cells, perhaps under headings. Out: text that fits the reader.
// INVARIANT: without a terminal nothing is cut or broken; on one, the widest
// columns shrink first, and a cell that is too wide goes on in the next line.

import { clean } from '../diagnostics/clean.ts'
import { breakLine, measure } from '../diagnostics/layout.ts'
import {
  fitted,
  type Hole,
  joinPlain,
  Plain,
  paint,
  plain,
  plainLines,
} from '../diagnostics/shown.ts'

/** A word with a tone, or a text of others. */
export type Cell = string | Plain

const GAP = 2

/** A column does not shrink below this; if all of them together are still too
 * wide, each row becomes a block of lines. */
const LEAST = 8

export function alignRows(rows: readonly (readonly Cell[])[]): Plain {
  return fitted((columns) => layOut(rows, { columns, ...ALONE }))
}

/** Of a table in pages: widths of those before, and whether this is the first,
 * which alone has the headings. */
interface Page {
  readonly least: readonly number[]
  readonly isFirst: boolean
}

const ALONE: Page = Object.freeze({ least: [], isFirst: true })

/** Under headings. */
export function tabulate(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  page = ALONE,
): Plain {
  return fitted((columns) => layOut(rows, { columns, heads, ...page }))
}

/** Of each column, as wide as its widest cell. */
export function measureColumns(
  rows: readonly (readonly Cell[])[],
  least: readonly number[] = [],
): readonly number[] {
  const widths = [...least]
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      const width = measure(read(cell))
      widths[column] = Math.max(widths[column] ?? 0, width)
    }
  }
  return widths
}

interface Space extends Page {
  readonly columns: number | undefined
  readonly heads?: readonly string[]
}

function layOut(
  rows: readonly (readonly Cell[])[],
  { columns, least, isFirst, heads }: Space,
): Plain {
  const head = heads?.map((one) => paint('bold', one))
  const all = head && isFirst ? [head, ...rows] : rows
  const natural = measureColumns(all, least)
  const widths = fitWidths(natural, columns, heads === undefined)
  if (widths === undefined) {
    const blocks = stack(heads ?? [], rows, columns ?? 0)
    return isFirst ? blocks : plain`\n${blocks}`
  }
  return plainLines(all.flatMap((row) => layRow(row, widths)))
}

/** Undefined if a table does not fit at all. */
function fitWidths(
  natural: readonly number[],
  columns: number | undefined,
  mustFit: boolean,
): readonly number[] | undefined {
  const gaps = GAP * Math.max(0, natural.length - 1)
  const sum = (widths: readonly number[]) =>
    widths.reduce((total, one) => total + one, 0)
  if (columns === undefined || sum(natural) + gaps <= columns) return natural
  const room = columns - gaps
  const fit = (floor: number) => {
    const widths = natural.map((width) => Math.min(width, floor))
    if (sum(widths) > room) return undefined
    // Room that is left goes to the narrowest of those that still need it.
    for (let left = room - sum(widths); left > 0; left--) {
      const needy = widths
        .map((width, at) => ({
          width,
          at,
          isShort: width < (natural[at] ?? 0),
        }))
        .filter(({ isShort }) => isShort)
        .sort((a, b) => a.width - b.width)[0]
      if (!needy) break
      widths[needy.at] = needy.width + 1
    }
    return widths
  }
  const least = fit(LEAST)
  if (least !== undefined || !mustFit) return least
  const even = Math.max(1, Math.floor(room / Math.max(1, natural.length)))
  return fit(even) ?? natural.map(() => 1)
}

function layRow(
  row: readonly Cell[],
  widths: readonly number[],
): readonly Plain[] {
  const cells = row.map((cell, at) => breakCell(cell, widths[at] ?? 0))
  const height = Math.max(1, ...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) => {
    const written = cells.map((lines) => lines[line] ?? plain``)
    const last = written.findLastIndex((part) => String(part) !== '')
    return joinPlain(
      written.slice(0, last + 1).flatMap((part, at) => {
        if (at === last) return [trimEnd(part)]
        const width = measure(String(part))
        const pad = Math.max(0, (widths[at] ?? 0) - width) + GAP
        return [part, BLANKS(pad)]
      }),
    )
  })
}

const BLANKS = (count: number) => plain`${' '.repeat(count)}`

function trimEnd(part: Plain): Plain {
  const text = String(part)
  return text.endsWith(' ') ? plain`${text.trimEnd()}` : part
}

function breakCell(cell: Cell, width: number): readonly Plain[] {
  const text = read(cell)
  if (measure(text) <= width) return [plain`${cell}`]
  const lines = breakLine(text, width)
  const tone = typeof cell === 'string' ? undefined : cell.tone
  return lines.map((line) => (tone ? paint(tone, line) : plain`${line}`))
}

/** Each row as lines of `HEAD value`, an empty line between rows. */
function stack(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  columns: number,
): Plain {
  const wide = Math.min(
    Math.max(0, ...heads.map(measure)),
    Math.max(1, Math.floor(columns / 2) - GAP),
  )
  const widths = [wide, Math.max(1, columns - wide - GAP)]
  const blocks = rows.map((row) =>
    plainLines(
      row.flatMap((cell, at) =>
        read(cell) === '' || read(cell) === '-'
          ? []
          : layRow([paint('bold', heads[at] ?? ''), cell], widths),
      ),
    ),
  )
  return joinPlain(blocks, '\n')
}

function read(cell: Cell): string {
  return typeof cell === 'string' ? clean(cell) : String(cell)
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

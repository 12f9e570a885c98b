// Rows in columns, while they arrive one by one.
// In: cells. Out: lines, under their heads.
// INVARIANT: stores one page; a column never becomes narrower on a later page.

import { clean } from '../../diagnostics/clean.ts'
import { type Plain, plain } from '../../diagnostics/shown.ts'
import { alignRows } from '../terminal.ts'

const PAGE = 500

export class Aligner {
  readonly #widths: number[]
  #page: (readonly string[])[] = []
  #heads: readonly (readonly string[])[]

  constructor(heads: readonly string[]) {
    this.#widths = heads.map(({ length }) => length)
    this.#heads = [heads]
  }

  /** '' until a page is full. */
  add(cells: readonly string[]): Plain {
    this.#page.push(cells)
    return this.#page.length < PAGE ? plain`` : this.flush()
  }

  flush(): Plain {
    if (this.#page.length === 0) return plain``
    const page = [...this.#heads, ...this.#page]
    this.#heads = []
    this.#page = []
    for (const cells of page) {
      for (const [column, cell] of cells.entries()) {
        const { length } = clean(cell)
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, length)
      }
    }
    return alignRows(page, this.#widths)
  }
}

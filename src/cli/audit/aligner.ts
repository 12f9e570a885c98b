// Rows in columns, while they arrive one by one.
// In: cells. Out: lines, under their heads.
// INVARIANT: stores one page; a column never becomes narrower on a later page.

import { type Plain, plain } from '../../diagnostics/shown.ts'
import { type Cell, measureColumns, tabulate } from '../columns.ts'

const PAGE = 500

export class Aligner {
  readonly #heads: readonly string[]
  #widths: readonly number[]
  #page: (readonly Cell[])[] = []
  #isFirst = true

  constructor(heads: readonly string[]) {
    this.#widths = measureColumns([heads])
    this.#heads = heads
  }

  /** '' until a page is full. */
  add(cells: readonly Cell[]): Plain {
    this.#page.push(cells)
    return this.#page.length < PAGE ? plain`` : this.flush()
  }

  flush(): Plain {
    if (this.#page.length === 0) return plain``
    const page = this.#page
    this.#page = []
    this.#widths = measureColumns(page, this.#widths)
    const isFirst = this.#isFirst
    this.#isFirst = false
    return tabulate(this.#heads, page, { least: this.#widths, isFirst })
  }
}

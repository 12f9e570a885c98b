// One row of the table of codes.
// In: a title, and what to do. Out: a row, by its severity.
// INVARIANT: only lints (GW4) have a severity that a config can set.

import type { Severity } from '../../contract/diagnostic.ts'

export interface CodeRow {
  readonly severity: Severity
  readonly title: string
  /** What to do, unless the finding itself says better. */
  readonly help: string
}

export const error = (title: string, help: string): CodeRow =>
  Object.freeze({ severity: 'error', title, help })

export const warning = (title: string, help: string): CodeRow =>
  Object.freeze({ severity: 'warning', title, help })

export const info = (title: string, help: string): CodeRow =>
  Object.freeze({ severity: 'info', title, help })

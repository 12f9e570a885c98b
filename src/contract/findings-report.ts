// What `gateway check --report json` prints.
// In: nothing. Out: types; schema/report.schema.json says the same.
// INVARIANT: `exit` is the exit code, and agrees with `status`.

import type { Fix, Note, Range, Severity } from './diagnostic.ts'

export interface FindingsReport {
  readonly formatVersion: 1
  readonly command: string
  readonly status: 'fine' | 'not fine' | 'no answer'
  readonly exit: 0 | 1 | 2
  /** One line for a person. */
  readonly verdict: string
  readonly counts: Readonly<Record<Severity, number>>
  /** Of the table; null without one. */
  readonly digest: string | null
  readonly diagnostics: readonly ReportedFinding[]
}

export interface ReportedFinding {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly pointer: string
  readonly at?: Range
  readonly label?: string
  readonly notes: readonly Note[]
  readonly help?: string
  readonly fix?: Fix
  readonly title: string
  readonly docs: string
}

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
  /** Kind of the finding; a code never gets another meaning. */
  readonly code: string
  /** Severity of the finding. */
  readonly severity: Severity
  /** One sentence; text of the config is in backticks. */
  readonly message: string
  /** JSON pointer into the config; for another file, its name stands before a
   * `#`. */
  readonly pointer: string
  /** Absent if no source contains the place. */
  readonly at?: Range
  /** A few words about the text at `at`. */
  readonly label?: string
  /** Further places of the finding. */
  readonly notes: readonly Note[]
  /** What to do next. */
  readonly help?: string
  /** Absent if no correction is certain. */
  readonly fix?: Fix
  /** What the code means in general. */
  readonly title: string
  /** Page that explains the code, in the repository of Portcullis. */
  readonly docs: string
}

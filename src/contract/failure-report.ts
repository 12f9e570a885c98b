// What every verb prints with `--report json` when it has no result.
// In: nothing. Out: types; schema/failure.schema.json says the same.
// INVARIANT: `problems` is in no other document: it tells a failure apart.

import type { ReportedFinding } from './findings-report.ts'

/** The output of any verb with `--report json` when it has no result. */
export interface FailureReport {
  readonly formatVersion: 1
  /** "token issue". */
  readonly command: string
  /** The meaning of `exit`, in words. */
  readonly status: 'not fine' | 'no answer'
  /** As the process ends. */
  readonly exit: 1 | 2
  /** What the verb said; empty if the findings say it. */
  readonly problems: readonly Problem[]
  /** Of the config. */
  readonly diagnostics: readonly ReportedFinding[]
}

export interface Problem {
  /** What is wrong. */
  readonly message: string
  /** What to do next; null: nothing is proposed. */
  readonly help: string | null
}

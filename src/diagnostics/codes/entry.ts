// What there is to say of a code: its row, and its long form.
// In: nothing. Out: the shape of an entry, and of a file of them.
// INVARIANT: a code is never reused, and none is emitted without an entry. No
// line of an example begins with `import`: that would count as one of its file.

import type { Severity } from '../../contract/diagnostic.ts'

export interface CodeRow {
  /** Only that of a lint (GW4) can be set by a config. */
  readonly severity: Severity
  readonly title: string
  /** What to do, unless the finding itself says better. */
  readonly help: string
}

/** What `gateway explain CODE` and docs/codes.md say beside the row. */
export interface LongForm {
  /** Two to five sentences; line breaks count as blanks. */
  readonly why: string
  /** How it usually comes about. */
  readonly causes?: readonly string[]
  /** Members of `defineGateway({ … })`, or a whole file, that gives it. */
  readonly wrong?: string
  /** The same, corrected. */
  readonly right?: string
  /** Of both examples. Default: `ts`. */
  readonly language?: 'json' | 'sh' | 'toml' | 'ts' | 'yaml'
  /** Judged with a lock of `github`. */
  readonly locked?: boolean
}

export interface CodeText extends CodeRow, LongForm {}

export type CodeTexts = Readonly<Record<`GW${number}`, CodeText>>

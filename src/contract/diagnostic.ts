// What a finding is, and what a stage hands on.
// In: nothing. Out: types alone.
// INVARIANT: a mistake that a user can make is a Diagnostic, never a throw.

export type Severity = 'error' | 'warning' | 'info'

/** 1-based line and column; columns count UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** `file` is relative to the root config's folder. */
export interface Range {
  readonly file: string
  readonly start: Position
  readonly end?: Position
}

/** The other half of a finding: "`github` is declared here". */
export interface Note {
  readonly message: string
  readonly pointer?: string
  readonly at?: Range
}

/** Edits that a machine may apply; `plain` replaces what `at` spans. */
export interface Fix {
  readonly title: string
  readonly edits: readonly { readonly at: Range; readonly text: string }[]
}

/** The word of the source that a finding is about, and what should stand
 * there, where that is certain. A list holds the word itself. */
export interface Word {
  readonly part: 'key' | 'value'
  readonly was: string
  readonly now?: string | number | readonly [string]
}

export interface Diagnostic {
  /** `GW` and four digits, one row of diagnostics/codes.ts. */
  readonly code: string
  readonly severity: Severity
  /** One lower-case sentence without a final period; user text in backticks. */
  readonly message: string
  /** JSON pointer into the authored config; '' is the whole of it. */
  readonly pointer: string
  /** Where in the source; absent until it is located. */
  readonly at?: Range
  /** A few words to stand at the mark below the source line. */
  readonly label?: string
  readonly notes: readonly Note[]
  /** What to do next. */
  readonly help?: string
  /** Until the finding is located, when a fix may come of it. */
  readonly word?: Word
  readonly fix?: Fix
}

/** What every compile stage returns: a value, unless findings prevent one. */
export interface Result<T> {
  readonly value?: T
  readonly diagnostics: readonly Diagnostic[]
}

// What a finding is, and what a stage returns.
// In: nothing. Out: only types.
// INVARIANT: a user's mistake is a Diagnostic, never an exception.

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

/** A second place of a finding: "`github` is declared here". */
export interface Note {
  readonly message: string
  readonly pointer?: string
  readonly at?: Range
}

/** Edits that a program may apply; `plain` replaces the text at `at`. */
export interface Fix {
  readonly title: string
  readonly edits: readonly { readonly at: Range; readonly text: string }[]
}

/** The word in the source that a finding is about, and the right word, where
 * that is certain. In a list, the element is the word. */
export interface Word {
  readonly part: 'key' | 'value'
  readonly was: string
  readonly now?: string | number | readonly [string]
}

export interface Diagnostic {
  /** `GW` and four digits; a row of diagnostics/codes.ts. */
  readonly code: string
  readonly severity: Severity
  /** A lower-case sentence without a final period; user text in backticks. */
  readonly message: string
  /** JSON pointer into the authored config; '' is the whole config. */
  readonly pointer: string
  /** Place in the source; absent until the finding is located. */
  readonly at?: Range
  /** A few words, shown at the mark below the source line. */
  readonly label?: string
  readonly notes: readonly Note[]
  /** What to do next. */
  readonly help?: string
  /** Removed when the finding is located; a fix may be made from it. */
  readonly word?: Word
  readonly fix?: Fix
}

/** What every compile stage returns: a value, unless findings prevent one. */
export interface Result<T> {
  readonly value?: T
  readonly diagnostics: readonly Diagnostic[]
}

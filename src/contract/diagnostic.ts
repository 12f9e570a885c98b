// What a finding is, and what a stage returns.
// In: nothing. Out: only types.
// INVARIANT: a user's mistake is a Diagnostic, never an exception.

export type Severity = 'error' | 'warning' | 'info'

/** 1-based line and column; columns count UTF-16 units. */
export interface Position {
  /** Counts from 1. */
  readonly line: number
  /** Counts from 1, in UTF-16 units. */
  readonly column: number
}

/** A part of a source file. */
export interface Range {
  /** Path with `/`, relative to the root config's folder; in a report, to the
   * top of the repository or, without a repository, to the current folder. */
  readonly file: string
  /** Where it begins. */
  readonly start: Position
  /** The first column after it. */
  readonly end?: Position
}

/** A second place of a finding: "`github` is declared here". */
export interface Note {
  /** What this place means for the finding. */
  readonly message: string
  /** JSON pointer into the config; for another file, its name stands before a
   * `#`. */
  readonly pointer?: string
  /** Absent if no source contains the place. */
  readonly at?: Range
}

/** A correction that is certain; `gateway check --fix` writes it. */
export interface Fix {
  /** What the correction does. */
  readonly title: string
  /** Replacements; apply all of them or none. */
  readonly edits: readonly {
    /** The text to replace. */
    readonly at: Range
    /** The new text. */
    readonly text: string
  }[]
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

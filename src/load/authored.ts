// What both ways of loading return: a config as code or as data.
// In: nothing. Out: a type.
// INVARIANT: there is a value exactly when no finding is an error.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Sources } from '../diagnostics/locate.ts'

export interface Authored {
  readonly value?: unknown
  readonly diagnostics: readonly Diagnostic[]
  /** Absolute; the config, and what it imports. */
  readonly files: readonly string[]
  readonly sources: Sources
  /** Folder of the file with a value, relative to the root config's. */
  readonly folderOf: (pointer: string) => string
}

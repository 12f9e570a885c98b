// What all linkers share.
// In: nothing. Out: the interface.

import type { Checked, Names } from '../check/check.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Artefact, RoutingTable } from '../contract/table.ts'
/** What every part of this stage needs. */
export interface LinkContext {
  readonly checked: Checked
  /** Folder of the file that wrote a value, relative to the root config's. */
  readonly folderOf: (pointer: string) => string
  readonly report: (finding: Diagnostic) => void
  /** Whether findings of this code exceed what a report lists. */
  readonly isEnough: (code: string) => boolean
  readonly isDeclared: (section: keyof Names, name: string) => boolean
}

/** A table whose members have the order of the config, and the locked
 * definitions. */
export interface Linked extends RoutingTable {
  readonly definitions: Artefact['definitions']
}

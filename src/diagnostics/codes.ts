// Every code that a finding may carry: one table, by the stage that finds it.
// In: the rows of each stage. Out: severity, title and help that hold always.
// INVARIANT: a code is never reused, and none is emitted that is not here.

import { OTHER_CODES } from './rows/after.ts'
import { CHECK_CODES } from './rows/check.ts'
import { LINK_CODES } from './rows/link.ts'
import { LINT_ROWS } from './rows/lints.ts'
import { LIVE_CODES } from './rows/live.ts'
import { LOAD_CODES } from './rows/load.ts'

export type { CodeRow } from './rows/row.ts'

export const CODES = Object.freeze({
  ...LOAD_CODES,
  ...CHECK_CODES,
  ...LINK_CODES,
  ...LINT_ROWS,
  ...OTHER_CODES,
  ...LIVE_CODES,
})

export type Code = keyof typeof CODES

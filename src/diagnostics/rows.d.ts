// The rows of codes/ without their long forms: the build writes them
// (test/scripts/rows.ts), because everything that reports needs a row, and only
// `gateway explain` the rest.
// In: a code. Out: its severity, title and help.
// INVARIANT: made from codes/, and from nothing else.

import type { Code } from './codes/all.ts'
import type { CodeRow } from './codes/entry.ts'

export declare const CODES: Readonly<Record<Code, CodeRow>>

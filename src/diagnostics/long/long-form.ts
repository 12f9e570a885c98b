// What `gateway explain CODE` and docs/codes.md say of a code, at length.
// In: nothing. Out: the shape of a long form, and of a file of them.
// INVARIANT: a file holds codes of its own ten only, each once; `check` never
// loads one.

import type { Code } from '../codes.ts'

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

/** The long forms of the codes that begin so: `GW200` holds GW2000 to GW2009. */
export type LongForms<Start extends string> = Readonly<
  Partial<Record<Extract<Code, `${Start}${number}`>, LongForm>>
>

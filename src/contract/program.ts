// A reference to a secret, as an author writes it: also a program that prints it.
// In: nothing. Out: only types; editors show their JSDoc on hover.
// INVARIANT: plain data: the config names the program, and never runs it.

import type { Duration } from './policy.ts'

export interface ProgramConfig {
  /** The program and its arguments, run without a shell and never by a check. A
   * program that contains `/` is a path relative to the folder of the file in
   * which it is written; any other is found on PATH. */
  readonly exec: readonly string[]
  /** Names of variables that it gets, beside PATH, HOME and LANG. */
  readonly env?: readonly string[]
  /** Longest time of one run. Default: `'10s'`. */
  readonly timeout?: Duration
}

/** The place of a secret, never the secret. */
export type SecretConfig = `env:${string}` | `file:${string}` | ProgramConfig

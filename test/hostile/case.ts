// One case of the corpus of attacks, by the fault that it belongs to. Every
// file of test/hostile that exports `ATTACKS` is run.
// In: nothing. Out: the type of a case.

import type { Test } from 'tap'

export interface Attack {
  /** Begins with the fault that it belongs to: `S8 null under a deny`. */
  readonly id: string
  /** Resolves with a figure to show, if there is one; rejects when the attack
   * succeeds. `t` gives teardown alone. */
  readonly run: (t: Pick<Test, 'teardown'>) => Promise<unknown>
}

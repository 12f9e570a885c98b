// How a request to the authorization server of the trial goes wrong.
// In: dice. Out: a fault, or none.

import type { Dice } from '../crosstalk/dice.ts'

/** `before`: the provider is not asked; `after`: it has done what was asked, and
 * its answer is lost. */
export type Fault =
  | '500 before'
  | 'dropped before'
  | 'reset before'
  | 'busy before'
  | 'page before'
  | 'silent before'
  | '502 after'
  | 'dropped after'
  | 'cut after'
  | 'silent after'

const SHARES: readonly (readonly [Fault, number])[] = [
  ['500 before', 0.03],
  ['dropped before', 0.02],
  ['reset before', 0.02],
  ['busy before', 0.01],
  ['page before', 0.01],
  ['silent before', 0.001],
  ['502 after', 0.002],
  ['dropped after', 0.004],
  ['cut after', 0.002],
  ['silent after', 0.0005],
]

/** What is read only, and never used up, has no faults after it. */
export function drawFault(dice: Dice, isToken: boolean): Fault | undefined {
  for (const [fault, share] of SHARES) {
    if (!isToken && fault.endsWith('after')) continue
    if (dice.chance(share)) return fault
  }
  return undefined
}

// The first record of a trail, and whether the trail may begin there.
// In: its first record, and notices of deleted files. Out: a verdict.
// INVARIANT: only a notice that a later checkpoint covers permits a trail that
// does not begin with the first record of its chain.

import { GENESIS } from '../runtime/audit/chain.ts'
import type { Entry } from './entry.ts'
import type { Fault, Place } from './judge.ts'

export class Start {
  first: Place | undefined
  #entry: Entry | undefined
  #heard = false
  #vouched = false

  begin(place: Place, entry: Entry): void {
    this.first = place
    this.#entry = entry
  }

  hear(first: { readonly seq: number; readonly prevHash: string }): void {
    const { seq, prevHash } = this.#entry ?? {}
    if (first.seq === seq && first.prevHash === prevHash) this.#heard = true
  }

  seal(): void {
    this.#vouched ||= this.#heard
  }

  get isFirst(): boolean {
    const { seq, prevHash } = this.#entry ?? {}
    return seq === 1 && prevHash === GENESIS
  }

  /** Absent: it begins at a permitted record. */
  judge(): Fault | undefined {
    const { first } = this
    if (!first || this.isFirst || this.#vouched) return undefined
    const why =
      'records before it are missing, and no notice reports their removal'
    return { ...first, why, other: null, good: null }
  }
}

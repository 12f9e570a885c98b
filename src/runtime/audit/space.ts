// How much room the audit has left.
// In: the disk of its file. Out: whether little is free.
// INVARIANT: said once when it becomes so, and once when it is over.

import { statfsSync } from 'node:fs'

/** Less is little, and stays so until there is a bit more. */
const LEAST_FREE = 0.1
const ENOUGH_FREE = 0.12

export type FreeShare = (path: string) => number

export const freeShare: FreeShare = (path) => {
  const { bavail, blocks } = statfsSync(path)
  return blocks === 0 ? 1 : bavail / blocks
}

export class Space {
  readonly #path: string
  readonly #measure: FreeShare
  #free = 1
  #low = false

  constructor(path: string, measure: FreeShare) {
    this.#path = path
    this.#measure = measure
  }

  /** Absent: there is enough. */
  get problem(): string | undefined {
    if (!this.#low) return undefined
    return `${Math.floor(this.#free * 100)} % of its disk are free`
  }

  /** Whether that is news. */
  look(): boolean {
    this.#free = this.#measure(this.#path)
    const low = this.#free < (this.#low ? ENOUGH_FREE : LEAST_FREE)
    const isNew = low !== this.#low
    this.#low = low
    return isNew
  }
}

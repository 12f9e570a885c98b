// Random numbers that a seed gives again (mulberry32).
// In: a seed. Out: dice.

export interface Dice {
  /** Below `n`. */
  below(n: number): number
  /** True so often, from 0 to 1. */
  chance(share: number): boolean
}

export function rollFrom(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (n) => Math.floor(next() * n),
    chance: (share) => next() < share,
  }
}

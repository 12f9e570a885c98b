// How long the floods of the corpus are: `npm run wild` sends all of each, the
// suite a part that is still far more than what it is held against.
// In: a part, before the rows are read. Out: how often a flood repeats itself.

let part = 1

/** Of rows that are read from now on. */
export function setFloods(of: number): void {
  part = of
}

export const repeats = (whole: number): number => Math.ceil(whole * part)

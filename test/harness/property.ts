// A property, run as often and from the seed that the environment says.
// In: arbitraries, and a judge that throws what is wrong. Out: a failure that
// names the seed and the smallest counterexample.
// INVARIANT: without an environment every run is the same.

import fc from 'fast-check'
import type { Test } from 'tap'

/** `npm run fuzz:guarantees` sets both. */
const { GUARANTEES_SEED = '20261122', GUARANTEES_TIMES = '1' } = process.env

/** Thrown where the values are no example: a config that does not compile. */
export class Discard extends Error {}

export function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number) {
  return fc.sample(arbitrary, { seed: Number(GUARANTEES_SEED), numRuns })
}

/** Passes or fails in the name of the test. Returns how often it held: less often
 * than asked for on a machine that is busy. */
export function holdFor<T extends unknown[]>(
  t: Test,
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  runs: number,
  judge: (...values: T) => void,
): number {
  const all = fc.tuple(...arbitraries) as fc.Arbitrary<T>
  const property = fc.property(all, (values) => {
    try {
      judge(...values)
    } catch (error) {
      if (error instanceof Discard) fc.pre(false)
      throw error
    }
  })
  const found = fc.check(property, {
    seed: Number(GUARANTEES_SEED),
    numRuns: runs * Number(GUARANTEES_TIMES),
    maxSkipsPerRun: 8,
    // Bounds the search for the smallest counterexample too.
    interruptAfterTimeLimit: 20_000 * Number(GUARANTEES_TIMES),
  })
  if (found.failed) t.fail(nameFault(found), { diff: describe(found) })
  else t.pass(`${found.numRuns} times`)
  return found.numRuns
}

type Found<T> = fc.RunDetails<[T]>

function nameFault<T>({ errorInstance, counterexample }: Found<T>): string {
  if (!counterexample) return 'too few examples'
  return errorInstance instanceof Error ? errorInstance.message : 'fails'
}

function describe<T extends unknown[]>(found: Found<T>): string {
  const { numRuns, numSkips, counterexample, errorInstance } = found
  const again = `again: GUARANTEES_SEED=${GUARANTEES_SEED} GUARANTEES_TIMES=${GUARANTEES_TIMES}`
  if (!counterexample) return `${numSkips} of ${numRuns} skipped; ${again}`
  const stack =
    errorInstance instanceof Error ? (errorInstance.stack ?? '') : ''
  const place = /^ +at .*dist\/.*$/m.exec(stack)?.[0].trim() ?? ''
  return [again, place, ...counterexample[0].map(show)].join('\n')
}

/** JSON whose innermost objects stand on one line. */
function show(value: unknown): string {
  const written = JSON.stringify(value, null, 2) ?? String(value)
  return written.replaceAll(/[{[][^{}[\]]*[}\]]/g, (inner) =>
    inner.replaceAll(/\s+/g, ' '),
  )
}

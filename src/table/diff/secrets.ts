// New destinations of secrets.
// In: two tables. Out: one sentence for each secret and new destination.
// INVARIANT: contains the reference, never a value.

import type { RoutingTable } from '../../contract/table.ts'
import { type Destination, listDestinations } from '../references.ts'

export interface SecretMove extends Destination {
  /** What is new about it. */
  readonly change: 'who' | 'address' | 'as'
}

export function diffSecrets(
  base: RoutingTable,
  head: RoutingTable,
): readonly SecretMove[] {
  const known = listDestinations(base)
  return listDestinations(head).flatMap((one) => {
    const same = known.filter(({ ref }) => ref === one.ref)
    const change = compare(one, same)
    return change === undefined ? [] : [{ ...one, change }]
  })
}

function compare(
  one: Destination,
  known: readonly Destination[],
): SecretMove['change'] | undefined {
  const there = known.filter(({ who }) => who === one.who)
  if (there.length === 0) return 'who'
  const here = there.filter(({ address }) => address === one.address)
  if (here.length === 0) return 'address'
  return here.some(({ as }) => as === one.as) ? undefined : 'as'
}

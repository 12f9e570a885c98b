// Units that check has judged, as numbers.
// In: a duration, a size or an instant. Out: milliseconds or bytes.
// INVARIANT: never called with a text that check refused and kept; where one
// slips through, an error was reported and 0 reaches no table.

import type { Duration, Instant, Size } from '../contract/policy.ts'
import { readDuration, readInstant, readSize } from '../contract/units.ts'

export function toMilliseconds(duration: Duration): number {
  return readDuration(duration) ?? 0
}

export function toBytes(size: Size): number {
  return readSize(size) ?? 0
}

export function toInstant(instant: Instant): number {
  return readInstant(instant) ?? 0
}

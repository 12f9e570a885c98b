// Checked durations, sizes and instants as numbers.
// In: a duration, a size or an instant. Out: milliseconds or bytes.
// INVARIANT: check has reported every invalid text; such a text becomes 0,
// which reaches no table.

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

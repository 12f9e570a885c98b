// When a token is renewed, and from when on it is not used.
// INVARIANT: a token is not used in the last part of its life; before that, it
// is renewed beside the calls that use it.

const RENEWED_AT = 0.8

export interface Life {
  /** Monotonic milliseconds. */
  readonly renewAt: number
  readonly endsAt: number
}

/** `began`: monotonic; `ms`: the life from then on. */
export function planLife(began: number, ms: number): Life {
  const used = Math.max(0, ms) - lastPartOf(Math.max(0, ms))
  return { renewAt: began + RENEWED_AT * used, endsAt: began + used }
}

/** A tenth, from one to ten seconds: many servers count in whole seconds. Of a
 * short life, the half. */
function lastPartOf(ms: number): number {
  if (!Number.isFinite(ms)) return 0
  return Math.min(Math.max(ms / 10, 1_000), 10_000, ms / 2)
}

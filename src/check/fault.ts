// A fault in the shape, as the schema check hands it to those who word it.
// In: nothing. Out: a type alone.
// INVARIANT: one fault, one finding.

import type { ErrorObject } from 'ajv'

/** ajv's error, with what of the schema it is about. */
export interface Fault extends ErrorObject {
  /** Keys that its object may have. */
  readonly known: readonly string[]
  /** The definition of the schema by name; '' where there is none. */
  readonly form: string
  /** Keys that its object has. */
  readonly beside: readonly string[]
  /** Names under `servers`. */
  readonly servers: readonly string[]
}

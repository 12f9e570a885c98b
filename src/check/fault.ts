// A fault in the shape, from the schema check to the modules that describe it.
// In: nothing. Out: only a type.
// INVARIANT: one fault gives one finding.

import type { ErrorObject } from 'ajv'

/** ajv's error, with the part of the schema that it refers to. */
export interface Fault extends ErrorObject {
  /** Keys that the object may have. */
  readonly known: readonly string[]
  /** Name of the schema's definition; '' without one. */
  readonly form: string
  /** Keys that the object has. */
  readonly beside: readonly string[]
  /** Names under `servers`. */
  readonly servers: readonly string[]
}

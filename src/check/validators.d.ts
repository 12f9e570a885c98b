// The schemas of this folder's inputs as functions. The build writes them with
// ajv (test/scripts/validators.ts), because compiling a schema takes longer
// than checking a config.
// In: any plain value. Out: whether its shape is valid, and `errors`.
// INVARIANT: generated only from schema/*.schema.json.

import type { ValidateFunction } from 'ajv'

/** schema/gateway.schema.json: every error, with its part of the schema. */
export declare const judgeGateway: ValidateFunction

/** The schema from which the first function was made. */
export declare const gatewaySchema: {
  readonly $defs: Readonly<Record<string, { readonly properties?: object }>>
}

/** schema/lock.schema.json. */
export declare const judgeLock: ValidateFunction

// The schemas of this folder's inputs, as functions: ajv writes them when the
// package is built (test/scripts/validators.ts), because compiling a schema
// costs more than judging a config by it.
// In: any plain value. Out: whether it has the shape, and `errors` beside.
// INVARIANT: made from schema/*.schema.json, and from nothing else.

import type { ValidateFunction } from 'ajv'

/** schema/gateway.schema.json: every error, with the schema it is about. */
export declare const judgeGateway: ValidateFunction

/** What the first was made of. */
export declare const gatewaySchema: {
  readonly $defs: Readonly<Record<string, { readonly properties?: object }>>
}

/** schema/lock.schema.json. */
export declare const judgeLock: ValidateFunction

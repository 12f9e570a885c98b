// The options of `gateway connect`.
// In: nothing. Out: a type.
// INVARIANT: options of a sign-in and of a client never mean two things.

import type { ConfigOptions } from '../../verb.ts'

export interface ConnectOptions extends ConfigOptions {
  readonly gateway?: string
  readonly tokenFile?: string
  readonly tokenEnv?: string
  /** Of a sign-in. */
  readonly as?: string
  readonly browser: boolean
  readonly again?: boolean
  /** Of a client. */
  readonly client?: string
  readonly write?: boolean
  readonly undo?: boolean
  readonly replace?: boolean
  readonly project?: boolean
  readonly file?: string
  readonly test: boolean
  readonly report: 'human' | 'json'
}

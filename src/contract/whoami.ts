// What the gateway tells the holder of a token about it.
// In: nothing. Out: types.
// INVARIANT: nothing here that a call with the same token would not show; no
// secret, and nothing about another token but what it takes from shared limits.

import type { TokenKind } from './table.ts'

export interface WhoAmI {
  readonly subject: string
  readonly kind: TokenKind
  readonly team: string | null
  readonly roles: readonly string[]
  readonly token: {
    readonly id: string
    /** ISO 8601. */
    readonly created: string
    readonly expires: string
    /** Its record narrows its roles to some tools. */
    readonly narrowed: boolean
  }
  /** The clock of the gateway, ISO 8601. */
  readonly now: string
  /** By name; only servers of which the token may use anything. */
  readonly servers: readonly OwnAccess[]
  /** Further servers that its roles name, without lists: starting, down or
   * disabled. */
  readonly unlisted: readonly string[]
  /** By name; only limits that count calls of this token. */
  readonly limits: readonly OwnLimit[]
}

export interface OwnAccess {
  readonly name: string
  readonly title: string
  readonly tools: readonly OwnTool[]
  /** Further tools, beyond the bound of this answer. */
  readonly more: number
  readonly prompts: number
  readonly resources: number
}

export interface OwnTool {
  /** As its server calls it, and as clients see it. */
  readonly name: string
  readonly exposed: string
  /** One of these must hold for its arguments; none: any arguments will do. */
  readonly only: readonly string[]
  /** None of these may hold. */
  readonly never: readonly string[]
}

export interface OwnLimit {
  readonly name: string
  /** "60 calls a minute, each token". */
  readonly rule: string
  readonly mode: 'enforce' | 'warn'
  /** Uses of this token that it counts. */
  readonly counts: number
  /** Calls that it admits now; for a limit for each tool, of the most used. */
  readonly left: number
  readonly of: number
  /** Milliseconds until it admits a call again; 0: now. */
  readonly waitMs: number
}

// What the gateway tells the holder of a token about it.
// In: nothing. Out: types.
// INVARIANT: nothing here that a call with the same token would not show; no
// secret, and nothing about another token but what it takes from shared limits.

import type { TokenKind } from './table.ts'

export interface WhoAmI {
  /** The holder. */
  readonly subject: string
  /** Kind of the holder. */
  readonly kind: TokenKind
  /** The holder's team; null: none. */
  readonly team: string | null
  /** The roles of the token, its own or those of its team. */
  readonly roles: readonly string[]
  /** The token of this request. */
  readonly token: {
    /** Its id, as in the audit. */
    readonly id: string
    /** When it was issued, ISO 8601. */
    readonly created: string
    /** When it expires, ISO 8601. */
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
  /** Its name in the config. */
  readonly name: string
  /** Its title for people; its name if the config has no title. */
  readonly title: string
  /** Tools that the token may use, as clients list them. */
  readonly tools: readonly OwnTool[]
  /** Further tools, beyond the bound of this answer. */
  readonly more: number
  /** Number of prompts that the token may use. */
  readonly prompts: number
  /** Number of resources and templates that the token may use. */
  readonly resources: number
}

export interface OwnTool {
  /** Its name at the server. */
  readonly name: string
  /** The name that clients see. */
  readonly exposed: string
  /** One of these must hold for its arguments; none: any arguments will do. */
  readonly only: readonly string[]
  /** None of these may hold. */
  readonly never: readonly string[]
}

export interface OwnLimit {
  /** Its name in the config. */
  readonly name: string
  /** "60 calls a minute, each token". */
  readonly rule: string
  /** `warn` records what `enforce` would refuse. */
  readonly mode: 'enforce' | 'warn'
  /** Uses of this token that it counts. */
  readonly counts: number
  /** Calls that it admits now; for a limit for each tool, of the most used. */
  readonly left: number
  /** Calls that it admits when nothing of it is used. */
  readonly of: number
  /** Milliseconds until it admits a call again; 0: now. */
  readonly waitMs: number
}

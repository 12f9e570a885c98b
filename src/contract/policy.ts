// Who may do what, as an author writes it: roles, teams, limits, tokens, tests.
// In: nothing. Out: types alone; their JSDoc is the editor's hover text.
// INVARIANT: every reference to a name is a key or an element of its own, so
// that the editor can say "Did you mean" (design §4.1 rule 1).

import type { Constraint, Each, Per, TokenKind, When } from './table.ts'
import type { ToolPattern } from './tools.ts'

/** `'500ms'`, `'30s'`, `'15m'`, `'12h'`, `'90d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** Bytes as a number, or `'64KiB'`, `'256MiB'`, `'10GB'`. */
export type Size =
  | number
  | `${number}${'B' | 'kB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB'}`

/** ISO 8601, `'2026-11-22'` or `'2026-11-22T18:00:00Z'`. */
export type Instant = string

export type { Constraint, Each, Per, TokenKind, When }

/** What an entry names. Patterns are literal characters and `*`, nothing
 * else. Names are the server's own, never the exposed ones. */
export type SelectorConfig<S extends string = string> =
  | ToolPattern<S>
  | { readonly tool: ToolPattern<S> }
  | { readonly resource: string }
  | { readonly prompt: string }

/** A selector that may also constrain a tool's arguments. */
export type EntryConfig<S extends string = string> =
  | SelectorConfig<S>
  | { readonly tool: ToolPattern<S>; readonly when: When }

/** Server → what of it. A server that is not named has nothing selected. */
export type EntriesConfig<S extends string = string> = {
  readonly [Name in S]?: readonly EntryConfig<Name>[]
}

/** As EntriesConfig, without conditions on arguments. */
export type SelectorsConfig<S extends string = string> = {
  readonly [Name in S]?: readonly SelectorConfig<Name>[]
}

/** What its holders may do. Without entries: nothing. */
export interface RoleConfig<
  S extends string = string,
  R extends string = string,
> {
  /** Roles whose entries, allow and deny, are this role's too. */
  readonly extends?: readonly R[]
  /** What may be used. Each entry grants on its own. */
  readonly allow?: EntriesConfig<S>
  /** What may not be used, whatever any `allow` says. */
  readonly deny?: EntriesConfig<S>
}

/** A group of people; its tokens have its roles unless they name their own. */
export interface TeamConfig<R extends string = string> {
  readonly roles: readonly R[]
}

/** Admits at most `burst` calls at once and refills `calls` per `per`. */
export interface LimitConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> {
  /** What is counted, selected as `allow` does. */
  readonly on: EntriesConfig<S>
  /** Whose calls are counted. Default: everyone's. */
  readonly for?: {
    readonly teams?: readonly T[]
    readonly roles?: readonly R[]
  }
  readonly calls?: number
  readonly per?: Per
  /** Calls at once. Default: `calls`. */
  readonly burst?: number
  /** Calls in flight at a time. */
  readonly concurrent?: number
  /** One bucket for each of these. Default: one bucket for all. */
  readonly each?: Each | readonly Each[]
  /** `warn` records what `enforce` would refuse. Default: `enforce`. */
  readonly mode?: 'enforce' | 'warn'
}

/** A token's record. The secret itself is never written anywhere. */
export interface TokenConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> {
  /** Who holds it: a person, a job. */
  readonly subject: string
  /** Default: `person`. */
  readonly kind?: TokenKind
  readonly team?: T
  /** Default: the team's roles. */
  readonly roles?: readonly R[]
  /** Narrows what the roles allow; never widens it. */
  readonly tools?: SelectorsConfig<S>
  /** Hex SHA-256 over the whole token. */
  readonly sha256: string
  readonly created: Instant
  readonly notBefore?: Instant
  /** At most `tokens.maxAge` after `created`. */
  readonly expires: Instant
  /** Id of the token that this one takes over from. */
  readonly replaces?: string
  /** Since when it is refused. */
  readonly revoked?: Instant
  readonly reason?: string
}

/** What must hold, checked by `gateway check` and before every swap. */
export type ExpectationConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> = {
  /** Each of these must be allowed. */
  readonly allow?: SelectorsConfig<S>
  /** Each of these must be refused. */
  readonly deny?: SelectorsConfig<S>
  /** Judge with these arguments. Default: as `tools/list` does, without. */
  readonly args?: Readonly<Record<string, unknown>>
} & (
  | { readonly role: R; readonly team?: never; readonly token?: never }
  | { readonly team: T; readonly role?: never; readonly token?: never }
  | { readonly token: string; readonly role?: never; readonly team?: never }
)

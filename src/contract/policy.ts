// Who may do what, as an author writes it: roles, teams, limits, tokens, tests.
// In: nothing. Out: only types; editors show their JSDoc on hover.
// INVARIANT: every reference to a name is a key or an element of its own, so
// that the editor can suggest the right name.

import type { EntriesConfig, SelectorsConfig } from './entries.ts'

/** Duration: `'500ms'`, `'30s'`, `'15m'`, `'12h'`, `'90d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** Size: bytes as a number, or `'64KiB'`, `'256MiB'`, `'10GB'`. */
export type Size =
  | number
  | `${number}${'B' | 'kB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB'}`

/** ISO 8601 instant: `'2026-11-22'` or `'2026-11-22T18:00:00Z'`. */
export type Instant = string

/** What the holders of the role may do. Without entries: nothing. */
export interface RoleConfig<
  S extends string = string,
  R extends string = string,
> {
  /** Roles whose `allow` and `deny` entries this role has too. */
  readonly extends?: readonly R[]
  /** What may be used. Each entry allows on its own. */
  readonly allow?: EntriesConfig<S>
  /** What may not be used, even if an `allow` entry allows it. */
  readonly deny?: EntriesConfig<S>
}

/** A group of people; its tokens have its roles unless they name their own. */
export interface TeamConfig<R extends string = string> {
  /** Roles of the team's tokens, unless a token names its own roles. */
  readonly roles: readonly R[]
}

interface LimitBase<S extends string, R extends string, T extends string> {
  /** What is counted; written like `allow`. */
  readonly on: EntriesConfig<S>
  /** Whose calls are counted. Default: everyone's. */
  readonly for?: AudienceConfig<R, T>
  /** One counter for each of these. Default: one counter for all. */
  readonly each?:
    | 'token'
    | 'subject'
    | 'team'
    | 'tool'
    | readonly ('token' | 'subject' | 'team' | 'tool')[]
  /** `warn` records what `enforce` would refuse. Default: `enforce`. */
  readonly mode?: 'enforce' | 'warn'
}

/** Tokens of these teams, or with one of these roles. */
export type AudienceConfig<
  R extends string = string,
  T extends string = string,
> =
  | { readonly teams: readonly T[]; readonly roles?: readonly R[] }
  | { readonly roles: readonly R[]; readonly teams?: readonly T[] }

interface ConcurrencyLimit<S extends string, R extends string, T extends string>
  extends LimitBase<S, R, T> {
  /** Calls that may run at the same time. */
  readonly concurrent: number
  readonly calls?: never
  readonly per?: never
  readonly burst?: never
}

interface RateLimit<S extends string, R extends string, T extends string>
  extends LimitBase<S, R, T> {
  /** Calls that are allowed again in each `per`. */
  readonly calls: number
  /** `second`, `minute`, `hour` or `day`. */
  readonly per: 'second' | 'minute' | 'hour' | 'day'
  /** Calls that are allowed at once. Default: `calls`. */
  readonly burst?: number
  /** Calls that may run at the same time. */
  readonly concurrent?: number
}

/** Allows at most `burst` calls at once and `calls` more per `per`, or bounds
 * the calls that run at the same time, or both. */
export type LimitConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> = ConcurrencyLimit<S, R, T> | RateLimit<S, R, T>

/** A token's record. The secret itself is not stored anywhere. */
export interface TokenConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> {
  /** The holder of the token: a person or a job. */
  readonly subject: string
  /** Default: `person`. */
  readonly kind?: 'person' | 'ci' | 'break-glass'
  /** The team of the holder. */
  readonly team?: T
  /** Default: the team's roles. */
  readonly roles?: readonly R[]
  /** Restricts what the roles allow; it never allows more. */
  readonly tools?: SelectorsConfig<S>
  /** Hex SHA-256 over the whole token. */
  readonly sha256: string
  readonly created: Instant
  /** The token is refused before this instant. */
  readonly notBefore?: Instant
  /** The token expires then; at most `tokens.maxAge` after `created`. */
  readonly expires: Instant
  /** Id of the token that this token replaces. */
  readonly replaces?: string
  /** The token is refused from this instant on. */
  readonly revoked?: Instant
  readonly reason?: string
}

interface TokenExpectation {
  /** Decide as for this token. */
  readonly token: string
  readonly role?: never
  readonly team?: never
  readonly group?: never
}

interface GroupExpectation {
  /** Decide as for somebody who is in this group of the identity provider, and
   * in no other. */
  readonly group: string
  readonly role?: never
  readonly team?: never
  readonly token?: never
}

interface TeamExpectation<T extends string> {
  /** Decide as for a token of this team. A `deny` must hold for each token of
   * the team, also for one with roles of its own. */
  readonly team: T
  readonly role?: never
  readonly token?: never
  readonly group?: never
}

interface RoleExpectation<R extends string> {
  /** Decide as for this role. */
  readonly role: R
  readonly team?: never
  readonly token?: never
  readonly group?: never
}

interface Arguments {
  /** Decide with these arguments. Default: without, as `tools/list` does. */
  readonly args?: Readonly<Record<string, unknown>>
}

interface MustDeny<S extends string> extends Arguments {
  /** Each of these must be allowed. */
  readonly allow?: SelectorsConfig<S>
  /** Each of these must be refused. */
  readonly deny: SelectorsConfig<S>
}

interface MustAllow<S extends string> extends Arguments {
  /** Each of these must be allowed. */
  readonly allow: SelectorsConfig<S>
  /** Each of these must be refused. */
  readonly deny?: SelectorsConfig<S>
}

/** What must hold; tested by `gateway check` and before every swap. */
export type ExpectationConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> = (
  | TokenExpectation
  | GroupExpectation
  | TeamExpectation<T>
  | RoleExpectation<R>
) &
  (MustDeny<S> | MustAllow<S>)

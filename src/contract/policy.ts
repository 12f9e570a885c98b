// Who may do what, as an author writes it: roles, teams, limits, tokens, tests.
// In: nothing. Out: types alone; their JSDoc is the editor's hover text.
// INVARIANT: every reference to a name is a key or an element of its own, so
// that the editor can say "Did you mean".

import type { EntriesConfig, SelectorsConfig } from './entries.ts'

/** `'500ms'`, `'30s'`, `'15m'`, `'12h'`, `'90d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** Bytes as a number, or `'64KiB'`, `'256MiB'`, `'10GB'`. */
export type Size =
  | number
  | `${number}${'B' | 'kB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB'}`

/** ISO 8601, `'2026-11-22'` or `'2026-11-22T18:00:00Z'`. */
export type Instant = string

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
  /** What its tokens may do, unless they name roles of their own. */
  readonly roles: readonly R[]
}

interface LimitBase<S extends string, R extends string, T extends string> {
  /** What is counted, selected as `allow` does. */
  readonly on: EntriesConfig<S>
  /** Whose calls are counted. Default: everyone's. */
  readonly for?: AudienceConfig<R, T>
  /** One bucket for each of these. Default: one bucket for all. */
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
  /** Calls in flight at a time. */
  readonly concurrent: number
  readonly calls?: never
  readonly per?: never
  readonly burst?: never
}

interface RateLimit<S extends string, R extends string, T extends string>
  extends LimitBase<S, R, T> {
  /** Calls refilled per `per`. */
  readonly calls: number
  /** `second`, `minute`, `hour` or `day`. */
  readonly per: 'second' | 'minute' | 'hour' | 'day'
  /** Calls at once. Default: `calls`. */
  readonly burst?: number
  /** Calls in flight at a time. */
  readonly concurrent?: number
}

/** Admits at most `burst` calls at once and refills `calls` per `per`, or
 * bounds the calls in flight, or both. */
export type LimitConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> = ConcurrencyLimit<S, R, T> | RateLimit<S, R, T>

/** A token's record. The secret itself is never written anywhere. */
export interface TokenConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> {
  /** Who holds it: a person, a job. */
  readonly subject: string
  /** Default: `person`. */
  readonly kind?: 'person' | 'ci' | 'break-glass'
  /** Whose member the holder is. */
  readonly team?: T
  /** Default: the team's roles. */
  readonly roles?: readonly R[]
  /** Narrows what the roles allow; never widens it. */
  readonly tools?: SelectorsConfig<S>
  /** Hex SHA-256 over the whole token. */
  readonly sha256: string
  readonly created: Instant
  /** Refused before. */
  readonly notBefore?: Instant
  /** At most `tokens.maxAge` after `created`. */
  readonly expires: Instant
  /** Id of the token that this one takes over from. */
  readonly replaces?: string
  /** Since when it is refused. */
  readonly revoked?: Instant
  readonly reason?: string
}

interface TokenExpectation {
  /** Judge as this token. */
  readonly token: string
  readonly role?: never
  readonly team?: never
}

interface TeamExpectation<T extends string> {
  /** Judge as a token of this team. A `deny` holds for each of its tokens, also
   * for one with roles of its own. */
  readonly team: T
  readonly role?: never
  readonly token?: never
}

interface RoleExpectation<R extends string> {
  /** Judge as this role. */
  readonly role: R
  readonly team?: never
  readonly token?: never
}

interface Arguments {
  /** Judge with these arguments. Default: as `tools/list` does, without. */
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

/** What must hold, checked by `gateway check` and before every swap. */
export type ExpectationConfig<
  S extends string = string,
  R extends string = string,
  T extends string = string,
> = (TokenExpectation | TeamExpectation<T> | RoleExpectation<R>) &
  (MustDeny<S> | MustAllow<S>)

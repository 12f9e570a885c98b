// From when to when a token is valid.
// In: a record, the table's `maxAge`, a time. Out: why it is refused then.
// INVARIANT: the compiler, the runtime and every verb use these functions.

import type { TokenRecord } from '../contract/table.ts'

/** The longest validity of a break-glass token. */
export const BREAK_GLASS_MS = 3_600_000

type Life = Pick<
  TokenRecord,
  'kind' | 'created' | 'notBefore' | 'expires' | 'revoked' | 'reason'
>

/** A record ends by `tokens.maxAge`, and a break-glass one after its hour. */
export function endOf(
  { kind, created, expires }: Pick<Life, 'kind' | 'created' | 'expires'>,
  maxAge: number,
): number {
  const most =
    kind === 'break-glass' ? Math.min(maxAge, BREAK_GLASS_MS) : maxAge
  return Math.min(expires, created + most)
}

/** Why a record is not valid at `now`; undefined if it is. */
export function judgeLife(
  token: Life,
  maxAge: number,
  now: number,
): string | undefined {
  const { kind, notBefore, revoked, reason } = token
  if (revoked !== null && revoked <= now) return 'revoked token'
  if (notBefore !== null && now < notBefore) return 'token not valid yet'
  if (now >= endOf(token, maxAge)) return 'expired token'
  return kind === 'break-glass' && reason === null
    ? 'break-glass token without a reason'
    : undefined
}

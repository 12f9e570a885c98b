// Rate limits with their selections resolved.
// In: authored limits. Out: limits as the runtime counts them.
// INVARIANT: a limit that selects nobody or nothing stays so, and never widens.

import { DEFAULTS } from '../contract/defaults.ts'
import type { LimitConfig } from '../contract/policy.ts'
import type { Each, Limit } from '../contract/table.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import type { LinkContext } from './context.ts'
import { linkEntries } from './entries.ts'
import { resolveNames } from './names.ts'

/** The order in which a refusal names them. */
const EACH: readonly Each[] = ['token', 'subject', 'team', 'tool']

export function linkLimits(
  context: LinkContext,
): Readonly<Record<string, Limit>> {
  const limits = Object.entries(context.checked.gateway.limits ?? {})
  return Object.fromEntries(
    limits.map(([name, limit]) => [name, linkLimit(context, name, limit)]),
  )
}

function linkLimit(
  context: LinkContext,
  name: string,
  limit: LimitConfig,
): Limit {
  const rule = joinPointer('/limits', name)
  const { calls, per, burst = calls, concurrent = null } = limit
  const each = [limit.each ?? DEFAULTS.limit.each].flat()
  const whom = limit.for
  return {
    on: linkEntries(context, limit.on, `${rule}/on`),
    for: whom
      ? {
          teams: resolveNames(context, 'team', whom.teams, `${rule}/for/teams`),
          roles: resolveNames(context, 'role', whom.roles, `${rule}/for/roles`),
        }
      : null,
    rate: calls && per && burst ? { calls, per, burst } : null,
    concurrent,
    each: EACH.filter((one) => each.includes(one)),
    mode: limit.mode ?? DEFAULTS.limit.mode,
    rule,
  }
}

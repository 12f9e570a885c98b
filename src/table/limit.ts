// Which limits count a use, and the words for a limit in refusals, diffs and
// explanations.
// In: a table, who uses what. Out: limits; what they admit.
// INVARIANT: in doubt a limit counts: no odd argument avoids a limit.

import type { Kind, Limit, Per, RoutingTable } from '../contract/table.ts'
import { count } from '../diagnostics/report.ts'
import type { Args } from './arguments.ts'
import { type Grantee, matching } from './decide.ts'
import { unmetArguments } from './when.ts'

/** A limit with its name, as stored in a route. */
export interface NamedLimit {
  readonly name: string
  readonly limit: Limit
}

/** The limits that may count this use, for some arguments. */
export function selectLimits(
  { limits }: Pick<RoutingTable, 'limits'>,
  grantee: Grantee,
  server: string,
  kind: Kind,
  name: string,
): readonly NamedLimit[] {
  return Object.entries(limits)
    .filter(
      ([, limit]) =>
        matching(limit.on, server, kind, name, 'deny').length > 0 &&
        concerns(limit, grantee),
    )
    .map(([name, limit]) => ({ name, limit }))
}

function concerns(limit: Limit, grantee: Grantee): boolean {
  if (!limit.for) return true
  const { teams, roles } = limit.for
  return (
    (grantee.team !== null && teams.includes(grantee.team)) ||
    grantee.roles.some((role) => roles.includes(role))
  )
}

/** Whether a limit's own `when`, if there is one, counts these arguments. */
export function countsArguments(
  { on }: Limit,
  server: string,
  kind: Kind,
  name: string,
  args: Args,
): boolean {
  return matching(on, server, kind, name, 'deny').some((entry) => {
    if (!('when' in entry) || !entry.when) return true
    return unmetArguments(entry.when, args, 'deny').length === 0
  })
}

const PER_TEXT: Readonly<Record<Per, string>> = Object.freeze({
  second: 'a second',
  minute: 'a minute',
  hour: 'an hour',
  day: 'a day',
})

/** "60 calls a minute, each token and tool". */
export function describeRate(
  { calls, per }: NonNullable<Limit['rate']>,
  each: Limit['each'],
): string {
  const clause = each.length > 0 ? `, each ${each.join(' and ')}` : ''
  return `${count(calls, 'call')} ${PER_TEXT[per]}${clause}`
}

/** "4 calls at once". */
export function describeConcurrent(concurrent: number): string {
  return `${count(concurrent, 'call')} at once`
}

/** The whole limit, for a reviewer. */
export function describeLimit({ rate, concurrent, each, mode }: Limit): string {
  const parts = [
    ...(rate ? [describeRate(rate, each)] : []),
    ...(rate && rate.burst !== rate.calls ? [`bursts of ${rate.burst}`] : []),
    ...(concurrent === null ? [] : [describeConcurrent(concurrent)]),
    ...(mode === 'warn' ? ['only recorded'] : []),
  ]
  return parts.join(', ')
}

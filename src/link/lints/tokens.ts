// Lints of tokens: how long they are valid, and how much their holders see.
// In: the scene. Out: findings at the token, or at the holder of the roles.
// INVARIANT: only tokens that are valid now; equal sets of roles count once.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { count, finding } from '../../diagnostics/report.ts'
import type { Scene } from './scene.ts'

const DAY = 86_400_000
const LONG = 90
const SOON = 14

/** Clients and models fail to choose among more tools. */
const CROWD = 40

/** GW4009: tokens that may be valid for too long. */
export function findLongLived({ linked }: Scene): readonly Diagnostic[] {
  const { maxAge } = linked
  if (maxAge <= LONG * DAY) return []
  const message = `\`tokens.maxAge\` is ${Math.round(maxAge / DAY)} days, over ${LONG}`
  return [finding('GW4009', '/tokens/maxAge', message)]
}

/** GW4015: a token that expires soon and has no successor; a token that is
 * valid for an hour at most cannot have one. */
export function findEnding({ linked, now }: Scene): readonly Diagnostic[] {
  const tokens = Object.values(linked.tokens)
  const replaced = new Set(tokens.map(({ replaces }) => replaces))
  return tokens.flatMap(({ id, subject, kind, expires, revoked, rule }) => {
    if (revoked !== null || expires <= now || replaced.has(id)) return []
    if (kind === 'break-glass') return []
    const days = Math.ceil((expires - now) / DAY)
    if (days > SOON) return []
    const message = `token \`${id}\` of \`${subject}\` expires in ${count(days, 'day')}`
    return [finding('GW4015', `${rule}/expires`, message)]
  })
}

/** GW4017: more tools for one principal than an agent can distinguish. */
export function findCrowded({
  named,
  lists,
  roleSets,
}: Scene): readonly Diagnostic[] {
  return roleSets.flatMap((roleSet) => {
    const seen = named(roleSet.roles).filter((one) =>
      lists(roleSet, one),
    ).length
    if (seen <= CROWD) return []
    const message = `${roleSet.who} sees ${seen} tools, over ${CROWD}`
    return [finding('GW4017', roleSet.rule, message)]
  })
}

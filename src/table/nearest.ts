// The rule that is nearest to allowing a refused use.
// In: a table, a grantee, a refusal. Out: the rule, and an edit that allows it.
// INVARIANT: uses decide() on changed inputs; a proposal allows only the one
// requested name.

import type { RoutingTable } from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { splitPointer } from '../diagnostics/pointer.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Use } from './access.ts'
import {
  type Decision,
  decide,
  entriesOf,
  type Grantee,
  grantOf,
  matchingOf,
} from './decide.ts'

export interface Nearest {
  /** What would nearly allow it, or that nothing does. */
  readonly text: string
  /** JSON pointer of that rule, or of where one is missing; null: nowhere. */
  readonly rule: string | null
  /** The text to write, and its place; null if a rule must be removed. */
  readonly edit: string | null
}

export function findNearest(
  table: RoutingTable,
  grantee: Grantee,
  use: Omit<Use, 'locked'>,
  decision: Decision,
  args?: { readonly value: unknown },
): Nearest | null {
  const { server, kind, name } = use
  if (decision.verdict === 'allow') {
    const edit = `run \`gateway lock ${server}\` if the server has it now`
    const text = 'a rule allows it, but the lock does not contain it'
    return { text, rule: decision.rule, edit }
  }
  if (decision.verdict === 'constrained') {
    const text = `with other arguments it would be allowed: ${decision.constraint}`
    return { text, rule: decision.rule, edit: null }
  }
  const [own] = matchingOf(table, grantee, 'allow', server, kind, name)
  if (own) {
    const narrowed = splitPointer(decision.rule ?? '')[2] !== 'deny'
    const text = narrowed
      ? "an entry allows it, but the token's own `tools` do not"
      : 'an entry allows it, but a `deny` forbids it'
    return { text, rule: own.rule, edit: null }
  }
  return (
    findMisspelt(table, grantee, use) ??
    findOther(table, use, args) ??
    proposeEntry(table, grantee, use)
  )
}

/** An own entry for a name that is similar to this one. */
function findMisspelt(
  table: RoutingTable,
  { roles }: Grantee,
  { server, kind, name }: Omit<Use, 'locked'>,
): Nearest | null {
  const entries = roles.flatMap((role) =>
    entriesOf(table.roles[role]?.allow, server),
  )
  const named = entries.flatMap((entry) => {
    const written = Reflect.get(entry, kind) as unknown
    return typeof written === 'string' ? [{ written, rule: entry.rule }] : []
  })
  const near = suggest(
    name,
    named.map(({ written }) => written),
  )
  const found = named.find(({ written }) => written === near)
  if (!found) return null
  const text = `an entry allows ${quote(found.written)}, which is similar`
  return { text, rule: found.rule, edit: null }
}

function findOther(
  table: RoutingTable,
  { server, kind, name }: Omit<Use, 'locked'>,
  args?: { readonly value: unknown },
): Nearest | null {
  const others = Object.keys(table.roles)
    .sort()
    .flatMap((role) => {
      const other = { roles: [role], tools: null, team: null, token: null }
      const { verdict, rule } = decide(table, other, server, kind, name, args)
      const [entry] = matchingOf(table, other, 'allow', server, kind, name)
      if (verdict !== 'allow' || !entry) return []
      const pattern = String(Reflect.get(entry, kind))
      return [{ role, rule, letters: pattern.replaceAll('*', '').length }]
    })
    // The most literal entry allows least besides this name.
    .sort((a, b) => b.letters - a.letters)
  const [narrowest] = others
  if (!narrowest) return null
  const { role, rule } = narrowest
  return { text: `role ${quote(role)} allows it`, rule, edit: null }
}

function proposeEntry(
  table: RoutingTable,
  grantee: Grantee,
  { server, kind, name }: Omit<Use, 'locked'>,
): Nearest | null {
  const [role] = [...grantee.roles].sort()
  if (role === undefined) return null
  const entry = kind === 'tool' ? `'${name}'` : `{ ${kind}: '${name}' }`
  const edit = `add ${entry} to roles.${role}.allow.${server}`
  const own = table.roles[role]
  const [deny] = matchingOf(table, grantee, 'deny', server, kind, name)
  if (deny) {
    const text = 'no role allows it, and this `deny` would forbid it'
    return { text, rule: deny.rule, edit: `narrow that \`deny\`, and ${edit}` }
  }
  const { rule = null } = grantOf(own?.allow, server) ?? own ?? {}
  return { text: 'no role allows it', rule, edit }
}

// Narrower roles that would still have allowed all recorded uses.
// In: a table, the uses of each entry. Out: roles reduced to these uses.
// INVARIANT: an allow section only loses access: each new entry replaces one
// that covers it; deny, extends, `when` and limits do not change.

import type {
  Entry,
  Grant,
  Kind,
  Role,
  RoutingTable,
} from '../contract/table.ts'
import { splitPointer } from '../diagnostics/pointer.ts'
import { decide, type Grantee, matchingOf, whenOf } from './decide.ts'
import type { RecordedUse } from './replay.ts'
import { unmetArguments } from './when.ts'

/** Who used what; uses that no table can distinguish are one. */
export interface HeldUse {
  readonly grantee: Grantee
  readonly server: string
  readonly kind: Kind
  readonly name: string
  readonly args: RecordedUse['args']
}

/** Rule of an entry → the names for which it was used. */
export type Usage = ReadonlyMap<string, ReadonlySet<string>>

/** The uses that an entry allowed; its condition held or may have held. */
export function listUsed(
  table: RoutingTable,
  { grantee, server, kind, name, args }: HeldUse,
): readonly Entry[] {
  const allow = matchingOf(table, grantee, 'allow', server, kind, name)
  return allow.filter((entry) => {
    const when = whenOf(entry)
    return !when || !args || unmetArguments(when, args, 'allow').length === 0
  })
}

/** The allow section of a role itself, without what it extends. */
export function ownEntries(
  name: string,
  { allow }: Role,
): Readonly<Record<string, readonly Entry[]>> {
  const own = Object.entries(allow).map(([server, { entries }]) => {
    const mine = entries.filter(({ rule }) => ownerOf(rule) === name)
    return [server, mine] as const
  })
  return Object.fromEntries(own.filter(([, entries]) => entries.length > 0))
}

function ownerOf(rule: string): string | undefined {
  return splitPointer(rule)[1]
}

export function narrowTable(table: RoutingTable, usage: Usage): RoutingTable {
  const roles = Object.entries(table.roles).map(([name, role]) => {
    const allow = Object.entries(role.allow).map(
      ([server, grant]) => [server, narrowGrant(grant, usage)] as const,
    )
    return [name, { ...role, allow: Object.fromEntries(allow) }] as const
  })
  return { ...table, roles: Object.fromEntries(roles) }
}

/** Entries of several roles, each narrowed by itself: a role may be used
 * without the others. */
function narrowGrant({ rule, entries }: Grant, usage: Usage): Grant {
  const told = new Set<string>()
  const narrowed = entries.flatMap((entry) =>
    narrowEntry(entry, usage.get(entry.rule) ?? new Set()).filter((one) => {
      if (whenOf(one)) return true
      // Another entry of the same role names it too.
      const key = `${ownerOf(entry.rule)}\n${keyOf(one)}`
      return !told.has(key) && told.add(key)
    }),
  )
  return { rule, entries: narrowed }
}

function keyOf(entry: Entry): string {
  if ('tool' in entry) return `tool ${entry.tool}`
  return 'prompt' in entry ? `prompt ${entry.prompt}` : `uri ${entry.resource}`
}

/** Literal names, sorted. URIs have no bound: a resource keeps its pattern. */
function narrowEntry(entry: Entry, names: ReadonlySet<string>): Entry[] {
  if (names.size === 0) return []
  if ('resource' in entry) return [entry]
  const sorted = [...names].sort()
  if ('prompt' in entry) {
    return sorted.map((prompt) => ({ prompt, rule: entry.rule }))
  }
  return sorted.map((tool) => ({ ...entry, tool }))
}

/** The uses that the narrowed table decides differently: none, or there is a
 * bug. Where arguments are unknown, the same conditions must remain. */
export function findLost(
  before: RoutingTable,
  after: RoutingTable,
  uses: Iterable<HeldUse>,
): readonly HeldUse[] {
  return [...uses].filter((use) => {
    const { grantee, server, kind, name, args } = use
    const known = args ?? undefined
    const judge = (table: RoutingTable) =>
      decide(table, grantee, server, kind, name, known).verdict
    const conditions = (table: RoutingTable) =>
      matchingOf(table, grantee, 'allow', server, kind, name)
        .map((entry) => JSON.stringify(whenOf(entry)))
        .sort()
    if (judge(before) !== judge(after)) return true
    if (known) return false
    const [old, now] = [conditions(before), conditions(after)]
    return new Set([...old, ...now]).size > new Set(now).size
  })
}

/** The authored form: names, and objects where there is more to write. */
export function writeEntries(entries: readonly Entry[]): readonly unknown[] {
  return entries.map(({ rule: _, ...entry }) =>
    'tool' in entry && !entry.when ? entry.tool : entry,
  )
}

// Unused grants, and narrower roles that would be enough.
// In: usage, an artefact. Out: unused entries and tokens, narrower roles.
// INVARIANT: no proposed role would have refused a recorded call: decide() is
// applied to each before it is shown.

import type {
  Artefact,
  Entry,
  RoutingTable,
  TokenRecord,
} from '../contract/table.ts'
import { runExpectations } from '../table/expect.ts'
import {
  findLost,
  narrowTable,
  ownEntries,
  writeEntries,
} from '../table/narrow.ts'
import { stateOf } from '../table/token-state.ts'
import type { Usage } from './usage.ts'

export interface EntryReport {
  /** The role that declares the entry. */
  readonly role: string
  /** The server. */
  readonly server: string
  /** The entry, as a config contains it. */
  readonly entry: unknown
  /** JSON pointer of the entry in the config. */
  readonly rule: string
  /** Place of the entry, `file:line:column`; null: not known. */
  readonly at: string | null
  /** Number of calls that it allows. */
  readonly calls: number
  /** Time of the last of them: ISO 8601 in UTC, with milliseconds; null: there
   * is none. */
  readonly last: string | null
  /** Tokens, valid now, that have it. */
  readonly holders: number
}

export interface NarrowRole {
  /** Name of the role. */
  readonly role: string
  /** Place of the role, `file:line:column`; null: not known. */
  readonly at: string | null
  /** Server → entries that would be enough, as a config contains them. */
  readonly allow: Readonly<Record<string, readonly unknown[]>>
}

export interface IdleToken {
  /** Id of the token. */
  readonly id: string
  /** The holder. */
  readonly subject: string
  /** The holder's team; null: none. */
  readonly team: string | null
  /** Place of its record, `file:line:column`; null: not known. */
  readonly at: string | null
  /** When it was issued: ISO 8601 in UTC, with milliseconds. */
  readonly created: string
}

export interface UnusedReport {
  /** The `allow` entries of all roles, used or not. */
  readonly entries: readonly EntryReport[]
  /** Tokens, valid now, that were not used. */
  readonly tokens: readonly IdleToken[]
  /** Tokens, valid now and used, with roles from which they used nothing. */
  readonly idleRoles: readonly (IdleToken & {
    /** Those roles. */
    readonly roles: readonly string[]
  })[]
  /** Roles that could be narrower. */
  readonly roles: readonly NarrowRole[]
  /** Number of distinct uses to which the narrower roles were applied. */
  readonly judged: number
  /** Expectations that would not hold, in words. */
  readonly expectations: readonly string[]
}

export function reportUnused(
  artefact: Artefact,
  usage: Usage,
  now: number,
): UnusedReport {
  const { table, places } = artefact
  const names = [...usage.entries].map(
    ([rule, use]) => [rule, use.names] as const,
  )
  const narrowed = narrowTable(table, new Map(names))
  const uses = [...usage.uses.values()]
  const [lost] = findLost(table, narrowed, uses)
  if (lost) throw new Error(`a role was narrowed too far: ${lost.name}`)
  const good = Object.values(table.tokens).filter(
    (token) => stateOf(token, table, now) === 'active',
  )
  const roles = Object.keys(table.roles).sort()
  const holders = countHolders(table, good)
  const entries = roles.flatMap((role) =>
    listOwn(artefact, role).map(([server, entry]): EntryReport => {
      const { calls = 0, last = null } = usage.entries.get(entry.rule) ?? {}
      return {
        role,
        server,
        entry: writeEntries([entry])[0],
        rule: entry.rule,
        at: places[entry.rule] ?? null,
        calls,
        last,
        holders: holders.get(entry.rule) ?? 0,
      }
    }),
  )
  const describe = (token: (typeof good)[number]) => ({
    id: token.id,
    subject: token.subject,
    team: token.team,
    at: places[token.rule] ?? null,
    created: new Date(token.created).toISOString(),
  })
  const partly = good.flatMap((token) => {
    const own = usage.tokens.get(token.id)
    if (!own) return []
    const idle = token.roles.filter((role) => !usesRole(artefact, role, own))
    return idle.length === 0 ? [] : [{ ...describe(token), roles: idle }]
  })
  return {
    entries,
    tokens: good.filter(({ id }) => !usage.tokens.has(id)).map(describe),
    idleRoles: partly,
    roles: roles.flatMap((role) => narrowRole(artefact, narrowed, role)),
    judged: uses.length,
    expectations: runExpectations(narrowed).map(({ message }) => message),
  }
}

/** Rule → tokens that have it, through any role. */
function countHolders(
  { roles }: RoutingTable,
  tokens: readonly TokenRecord[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const token of tokens) {
    const rules = token.roles.flatMap((role) =>
      Object.values(roles[role]?.allow ?? {}).flatMap(({ entries }) =>
        entries.map(({ rule }) => rule),
      ),
    )
    for (const rule of new Set(rules)) {
      counts.set(rule, (counts.get(rule) ?? 0) + 1)
    }
  }
  return counts
}

/** The role itself, or a role that it extends. */
function usesRole(
  { table }: Artefact,
  role: string,
  { roles }: { readonly roles: ReadonlySet<string> },
): boolean {
  const grants = Object.values(table.roles[role]?.allow ?? {})
  const entries = grants.flatMap(({ entries }) => entries)
  return (
    entries.length === 0 ||
    entries.some(({ rule }) => roles.has(rule.split('/')[2] ?? ''))
  )
}

function listOwn(
  { table }: Artefact,
  role: string,
): readonly (readonly [server: string, entry: Entry])[] {
  const own = table.roles[role]
  if (!own) return []
  return Object.entries(ownEntries(role, own)).flatMap(([server, entries]) =>
    entries.map((entry) => [server, entry] as const),
  )
}

/** Nothing if it is as narrow as its use. */
function narrowRole(
  { table, places }: Artefact,
  narrowed: Artefact['table'],
  name: string,
): readonly NarrowRole[] {
  const [before, after] = [table, narrowed].map(({ roles }) => {
    const own = roles[name]
    const sections = Object.entries(own ? ownEntries(name, own) : {})
    return sections.map(
      ([server, entries]) => [server, writeEntries(entries)] as const,
    )
  })
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const rule = table.roles[name]?.rule ?? ''
  const allow = Object.fromEntries(after ?? [])
  return [{ role: name, at: places[rule] ?? null, allow }]
}

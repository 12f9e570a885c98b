// The input of the lints, computed once.
// In: linked parts, and the time. Out: entries by role, names by pattern, who
// holds which roles.
// INVARIANT: an entry that a role inherits counts for the role that wrote it.

import type { Definition } from '../../contract/lock.ts'
import type { Entry, Grants, Kind, TokenRecord } from '../../contract/table.ts'
import { splitPointer } from '../../diagnostics/pointer.ts'
import { lockedNames } from '../../table/access.ts'
import { decide, entriesOf } from '../../table/decide.ts'
import { nameOf } from '../../table/lock.ts'
import { matchPattern } from '../../table/match.ts'
import { intersectPatterns } from '../../table/overlap.ts'
import type { Linked } from '../context.ts'

/** An entry at the place where it is written. */
export interface Written {
  readonly role: string
  readonly side: 'allow' | 'deny'
  readonly server: string
  readonly kind: Kind
  readonly name: string
  readonly conditional: boolean
  readonly rule: string
}

/** Roles that somebody holds together, and the holders. */
export interface RoleSet {
  readonly roles: readonly string[]
  /** The token's own restriction. */
  readonly tools: Grants | null
  /** "team `docs`", "token `abc` of `ada`". */
  readonly who: string
  readonly rule: string
  readonly tokens: readonly TokenRecord[]
}

/** A locked tool. */
export interface Named {
  readonly server: string
  readonly name: string
}

export interface Scene {
  readonly linked: Linked
  readonly now: number
  /** Each entry of a role once, by its rule. */
  readonly written: readonly Written[]
  readonly roleSets: readonly RoleSet[]
  /** Locked names that a pattern matches; undefined where nothing is locked. */
  matches(
    server: string,
    kind: Kind,
    pattern: string,
  ): readonly string[] | undefined
  /** Whether two patterns can apply to one name. */
  overlaps(server: string, kind: Kind, a: string, b: string): boolean
  tool(server: string, name: string): Definition | undefined
  /** Locked tools that an entry of these roles allows, by name; it does not
   * list all tools first, because these are few of them. */
  named(roles: readonly string[]): readonly Named[]
  /** Whether its holder sees it. */
  lists(roleSet: Pick<RoleSet, 'roles' | 'tools'>, tool: Named): boolean
  /** Unconditional denies that apply wherever this entry does. */
  denies(entry: Written): readonly Written[]
}

export function openScene(linked: Linked, now: number): Scene {
  const known = new Map<string, readonly string[] | undefined>()
  const matches: Scene['matches'] = (server, kind, pattern) => {
    const key = JSON.stringify([server, kind, pattern])
    if (!known.has(key)) {
      const names = lockedNames(linked, server, kind)
      known.set(
        key,
        names && Object.keys(names).filter((one) => matchPattern(pattern, one)),
      )
    }
    return known.get(key)
  }
  const tools = new Map(
    Object.entries(linked.definitions).flatMap(([server, locked]) =>
      locked.tools.map((tool) => [`${server}/${nameOf('tools', tool)}`, tool]),
    ),
  )
  const met = new Map<string, boolean>()
  const written = listWritten(linked)
  const byRule = new Map(written.map((one) => [one.rule, one]))
  return {
    linked,
    now,
    written,
    roleSets: listRoleSets(linked, now),
    matches,
    overlaps: (server, kind, a, b) => {
      const names = matches(server, kind, a)
      if (names) return names.some((name) => matchPattern(b, name))
      const key = JSON.stringify([a, b])
      const told = met.get(key) ?? intersectPatterns(a, b).length > 0
      met.set(key, told)
      return told
    },
    tool: (server, name) => tools.get(`${server}/${name}`),
    named: (roles) => listNamed(linked, roles, matches),
    lists: ({ roles, tools }, { server, name }) => {
      const grantee = { roles, tools, team: null, token: null }
      return decide(linked, grantee, server, 'tool', name).verdict === 'allow'
    },
    denies: ({ role, server, kind }) =>
      entriesOf(linked.roles[role]?.deny, server).flatMap(({ rule }) => {
        const one = byRule.get(rule)
        return one?.kind === kind && !one.conditional ? [one] : []
      }),
  }
}

function listNamed(
  linked: Linked,
  roles: readonly string[],
  matches: Scene['matches'],
): readonly Named[] {
  const named = roles.flatMap((role) =>
    Object.entries(linked.roles[role]?.allow ?? {}).flatMap(
      ([server, { entries }]) =>
        entries.flatMap((entry) => {
          const { kind, name } = readEntry(entry)
          const names = kind === 'tool' ? matches(server, kind, name) : []
          return (names ?? []).map((one) => ({ server, name: one }))
        }),
    ),
  )
  const unique = new Map(named.map((one) => [`${one.server}/${one.name}`, one]))
  return [...unique.keys()].sort().flatMap((key) => unique.get(key) ?? [])
}

function listWritten({ roles }: Linked): readonly Written[] {
  const written = Object.values(roles).flatMap((role) =>
    (['allow', 'deny'] as const).flatMap((side) =>
      readSection(role[side], side),
    ),
  )
  return [...new Map(written.map((one) => [one.rule, one])).values()]
}

function readSection(section: Grants, side: 'allow' | 'deny') {
  return Object.entries(section).flatMap(([server, { entries }]) =>
    entries.map((entry): Written => {
      const role = splitPointer(entry.rule)[1] ?? ''
      const conditional = 'tool' in entry && entry.when !== undefined
      const named = readEntry(entry)
      return { role, side, server, ...named, conditional, rule: entry.rule }
    }),
  )
}

export function readEntry(entry: Entry): {
  readonly kind: Kind
  readonly name: string
} {
  if ('tool' in entry) return { kind: 'tool', name: entry.tool }
  if ('prompt' in entry) return { kind: 'prompt', name: entry.prompt }
  return { kind: 'resource', name: entry.resource }
}

/** Teams, and tokens that are valid now, by their sets of roles. */
function listRoleSets(
  { teams, tokens }: Linked,
  now: number,
): readonly RoleSet[] {
  const roleSets = new Map<string, RoleSet & { tokens: TokenRecord[] }>()
  const add = (one: RoleSet) => {
    const key = JSON.stringify([[...one.roles].sort(), one.tools])
    const known = roleSets.get(key)
    if (known) known.tokens.push(...one.tokens)
    else roleSets.set(key, { ...one, tokens: [...one.tokens] })
  }
  for (const [name, { roles, rule }] of Object.entries(teams)) {
    add({ roles, tools: null, who: `team \`${name}\``, rule, tokens: [] })
  }
  for (const token of Object.values(tokens)) {
    if (token.revoked !== null || token.expires <= now) continue
    const { id, subject, roles, tools, rule } = token
    const who = `token \`${id}\` of \`${subject}\``
    add({ roles, tools, who, rule, tokens: [token] })
  }
  return [...roleSets.values()]
}

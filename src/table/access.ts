// Effective access: what a grantee may use.
// In: tables with the locked definitions. Out: all uses, and the access of
// each.
// INVARIANT: only decide() decides; conditions are added for the reader.

import type { LockedList } from '../contract/lock.ts'
import type {
  Entry,
  Grants,
  Kind,
  RoutingTable,
  When,
} from '../contract/table.ts'
import {
  decide,
  entriesOf,
  type Grantee,
  matching,
  matchingOf,
  whenOf,
} from './decide.ts'
import { closePatterns } from './overlap.ts'
import { describeWhen, type Side } from './when.ts'

/** Something that may be used. `locked`: a name of a lock; otherwise a name or
 * a pattern in some rule, which represents all that it matches. */
export interface Use {
  /** The server. */
  readonly server: string
  /** What it is at the server. */
  readonly kind: Kind
  /** Name of the tool or prompt at the server, the URI of the resource, or a
   * pattern. */
  readonly name: string
  /** True: a name of a lock; false: a name or a pattern of a rule. */
  readonly locked: boolean
}

export interface Access {
  readonly granted: boolean
  /** Pointer of the rule that decided. */
  readonly rule: string | null
  /** One of `only` must hold, if there are any; none of `never` may hold. */
  readonly only: readonly string[]
  readonly never: readonly string[]
}

/** The grantee: a role, a team, a token by its id, or somebody who is in this
 * group of the identity provider. */
export interface Principal {
  /** What the grantee is. */
  readonly kind: PrincipalKind
  /** Name of the role, team or group; for a token its id. */
  readonly name: string
}

/** In the order in which they are shown. */
export const PRINCIPAL_KINDS = ['role', 'team', 'group', 'token'] as const

export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number]

const LISTS: Readonly<Partial<Record<Kind, LockedList>>> = Object.freeze({
  tool: 'tools',
  prompt: 'prompts',
})

const KINDS: readonly Kind[] = ['tool', 'prompt', 'resource']

/** Every use that these tables can distinguish: the locked names and, for
 * servers without a lock, the names and patterns in their rules. */
export function listUses(tables: readonly RoutingTable[]): readonly Use[] {
  const servers = new Set(tables.flatMap(({ servers }) => Object.keys(servers)))
  const sections = tables.flatMap(listSections)
  return [...servers]
    .sort()
    .flatMap((server) =>
      KINDS.flatMap((kind) => listOf(tables, sections, server, kind)),
    )
}

/** The locked names of a kind of a server; undefined: not locked. */
export function lockedNames(
  { lock }: Pick<RoutingTable, 'lock'>,
  server: string,
  kind: Kind,
): Readonly<Record<string, string>> | undefined {
  const list = LISTS[kind]
  if (!list || !Object.hasOwn(lock, server)) return undefined
  return lock[server]?.[list]
}

function listOf(
  tables: readonly RoutingTable[],
  sections: readonly Grants[],
  server: string,
  kind: Kind,
): readonly Use[] {
  const locked = tables.flatMap((table) => {
    const names = lockedNames(table, server, kind)
    return names ? [Object.keys(names)] : []
  })
  if (locked.length > 0) {
    const names = [...new Set(locked.flat())].sort()
    return names.map((name) => ({ server, kind, name, locked: true }))
  }
  const written = sections.flatMap((section) =>
    entriesOf(section, server).flatMap((entry) => namedBy(entry, kind)),
  )
  const names = closePatterns(written)
  return names.map((name) => ({ server, kind, name, locked: false }))
}

/** The uses that a section names, without regard to conditions. */
export function listCovered(
  section: Grants,
  uses: readonly Use[],
  side: Side,
): readonly Use[] {
  return uses.filter(
    ({ server, kind, name }) =>
      matching(section, server, kind, name, side).length > 0,
  )
}

/** All sections that contain names and patterns of tools. */
function listSections({ roles, tokens }: RoutingTable): readonly Grants[] {
  return [
    ...Object.values(roles).flatMap(({ allow, deny }) => [allow, deny]),
    ...Object.values(tokens).flatMap(({ tools }) => (tools ? [tools] : [])),
  ]
}

function namedBy(entry: Entry, kind: Kind): readonly string[] {
  if (kind === 'tool') return 'tool' in entry ? [entry.tool] : []
  if (kind === 'prompt') return 'prompt' in entry ? [entry.prompt] : []
  return 'resource' in entry ? [entry.resource] : []
}

const NOTHING: Access = Object.freeze({
  granted: false,
  rule: null,
  only: Object.freeze([]),
  never: Object.freeze([]),
})

/** A server that is not in the table allows nothing, and neither does a name
 * that is not in its lock: no client sees it. */
export function judgeAccess(
  table: RoutingTable,
  grantee: Grantee,
  { server, kind, name }: Omit<Use, 'locked'>,
): Access {
  if (!Object.hasOwn(table.servers, server)) return NOTHING
  const names = lockedNames(table, server, kind)
  if (names && !Object.hasOwn(names, name)) return NOTHING
  const { verdict, rule } = decide(table, grantee, server, kind, name)
  if (verdict !== 'allow') return { ...NOTHING, rule }
  const whensOf = (side: Side) =>
    matchingOf(table, grantee, side, server, kind, name).map(whenOf)
  const allowed = whensOf('allow')
  const free = allowed.includes(undefined)
  return {
    granted: true,
    rule,
    only: free ? [] : describeAll(allowed),
    never: describeAll(whensOf('deny')),
  }
}

function describeAll(whens: readonly (When | undefined)[]): readonly string[] {
  const texts = whens.flatMap((when) => (when ? [describeWhen(when)] : []))
  return [...new Set(texts)].sort()
}

export function isSameAccess(a: Access, b: Access): boolean {
  return (
    a.granted === b.granted &&
    a.only.join('\n') === b.only.join('\n') &&
    a.never.join('\n') === b.never.join('\n')
  )
}

// Roles and teams: each role gets the entries of all roles that it extends.
// In: authored roles. Out: flat roles, whose entries keep their own rules.
// INVARIANT: entries are ordered by the declaring role's name, then position,
// whatever the order of `extends`; a circle is an error, and the walk ends.

import type { Entry, Grants, Role, Team } from '../contract/table.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import type { LinkContext } from './context.ts'
import { linkEntries } from './entries.ts'
import { resolveNames } from './names.ts'

/** A role alone, with the names of the roles that it extends. */
interface OwnRole {
  readonly extends: readonly string[]
  readonly allow: Grants
  readonly deny: Grants
  readonly rule: string
}

type OwnRoles = ReadonlyMap<string, OwnRole>

export function linkRoles(
  context: LinkContext,
): Readonly<Record<string, Role>> {
  const authored = context.checked.gateway.roles ?? {}
  const own: OwnRoles = new Map(
    Object.entries(authored).map(([name, role]) => {
      const rule = joinPointer('/roles', name)
      const above = `${rule}/extends`
      const linked = {
        extends: resolveNames(context, 'role', role.extends, above),
        allow: linkEntries(context, role.allow, `${rule}/allow`),
        deny: linkEntries(context, role.deny, `${rule}/deny`),
        rule,
      }
      return [name, linked]
    }),
  )
  reportCircles(context, own)
  const size = new FlatSize()
  const flat = [...own].map(([name, { rule }]) => {
    const family = [...collectFamily(name, own, size)].sort()
    const fold = (side: 'allow' | 'deny') => foldGrants(name, family, own, side)
    return [name, { allow: fold('allow'), deny: fold('deny'), rule }] as const
  })
  if (size.passedAt !== undefined) {
    const pointer = joinPointer('/roles', size.passedAt, 'extends')
    const message = `the roles, with the entries of the roles that they extend, hold more than ${MAX_FLAT} entries`
    const help =
      'let fewer roles extend each other: name several roles in a team'
    context.report(finding('GW1017', pointer, message, { help }))
  }
  return Object.fromEntries(flat)
}

/** Members and entries of all roles, each with what it extends. */
const MAX_FLAT = 500_000

/** Counted while roles are flattened: beyond the limit they stay as written. */
class FlatSize {
  #left = MAX_FLAT
  /** The role at which the limit was exceeded. */
  passedAt: string | undefined

  add(role: string, size: number): boolean {
    this.#left -= size
    if (this.#left < 0) this.passedAt ??= role
    return this.passedAt === undefined
  }
}

export function linkTeams(
  context: LinkContext,
): Readonly<Record<string, Team>> {
  const authored = context.checked.gateway.teams ?? {}
  const teams = Object.entries(authored).map(([name, team]) => {
    const rule = joinPointer('/teams', name)
    const roles = resolveNames(context, 'role', team.roles, `${rule}/roles`)
    return [name, { roles, rule }] as const
  })
  return Object.fromEntries(teams)
}

/** The role and all that it extends, directly or not. */
function collectFamily(
  name: string,
  own: OwnRoles,
  size: FlatSize,
): ReadonlySet<string> {
  const family = new Set([name])
  // A loop over a growing set also visits what is added.
  for (const member of family) {
    const role = own.get(member)
    if (!role) continue
    const entries = countEntries(role.allow) + countEntries(role.deny)
    const added = 1 + entries + role.extends.length
    if (member !== name && !size.add(name, added)) return new Set([name])
    for (const parent of role.extends) family.add(parent)
  }
  return family
}

function countEntries(grants: Grants): number {
  return Object.values(grants).reduce(
    (sum, { entries }) => sum + 1 + entries.length,
    0,
  )
}

function foldGrants(
  name: string,
  family: readonly string[],
  own: OwnRoles,
  side: 'allow' | 'deny',
): Grants {
  const folded = new Map<string, { rule: string; entries: Entry[] }>()
  for (const member of family) {
    for (const [server, grant] of Object.entries(
      own.get(member)?.[side] ?? {},
    )) {
      const { rule } = folded.get(server) ?? grant
      const entries = folded.get(server)?.entries ?? []
      for (const entry of grant.entries) entries.push(entry)
      // Its own section names the refusal, or that of the first role it
      // extends.
      folded.set(server, { rule: member === name ? grant.rule : rule, entries })
    }
  }
  return Object.fromEntries(folded)
}

/** Each circle once, at the `extends` of its first role by name. */
function reportCircles({ checked, report }: LinkContext, own: OwnRoles): void {
  const told = new Set<string>()
  for (const name of listCircular(own)) {
    if (told.has(name)) continue
    const circle = findCircle(name, own)
    if (!circle || circle.some((member) => told.has(member))) continue
    for (const member of circle) told.add(member)
    const path = [...circle, name].map((one) => `\`${one}\``).join(' extends ')
    const pointerOf = (index: number) => {
      const next = circle[(index + 1) % circle.length] as string
      const member = circle[index] as string
      const authored = checked.gateway.roles?.[member]?.extends ?? []
      return joinPointer('/roles', member, 'extends', authored.indexOf(next))
    }
    const notes = circle.slice(1).map((member, index) => ({
      message: `\`${member}\` extends \`${circle[index + 2] ?? name}\` here`,
      pointer: pointerOf(index + 1),
    }))
    report(finding('GW3005', pointerOf(0), path, { notes }))
  }
}

/** The shortest way from a role back to itself. */
function findCircle(name: string, own: OwnRoles): string[] | undefined {
  /** Each role that was reached, with the one that extends it. */
  const reached = new Map<string, string>([[name, name]])
  for (const member of reached.keys()) {
    for (const parent of own.get(member)?.extends ?? []) {
      if (parent === name) return traceWay(member, reached)
      if (!reached.has(parent)) reached.set(parent, member)
    }
  }
  return undefined
}

function traceWay(
  last: string,
  reached: ReadonlyMap<string, string>,
): string[] {
  const way = [last]
  for (let at = last; reached.get(at) !== at; ) {
    at = reached.get(at) as string
    way.push(at)
  }
  return way.reverse()
}

/** Only these can be on a circle: roles that extend nothing, or only removed
 * roles, are removed until none is left. */
function listCircular(own: OwnRoles): readonly string[] {
  const below = new Map<string, string[]>()
  const open = new Map<string, number>()
  for (const [name, { extends: parents }] of own) {
    open.set(name, parents.length)
    for (const parent of parents) {
      const children = below.get(parent)
      if (children) children.push(name)
      else below.set(parent, [name])
    }
  }
  const free = [...own.keys()].filter((name) => open.get(name) === 0)
  for (const name of free) {
    open.delete(name)
    for (const child of below.get(name) ?? []) {
      const left = (open.get(child) ?? 0) - 1
      open.set(child, left)
      if (left === 0) free.push(child)
    }
  }
  return [...open.keys()].sort()
}

// Roles and teams: everything a role extends is folded into it.
// In: authored roles. Out: flat roles, whose entries keep their own rules.
// INVARIANT: entries stand by declaring role's name, then position, whatever
// the order of `extends`; a circle is an error and still ends.

import type { Grants, Role, Team } from '../contract/table.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { grantOf } from '../table/decide.ts'
import { linkEntries } from './entries.ts'
import type { LinkContext } from './link.ts'
import { resolveNames } from './names.ts'

/** A role by itself, with the names of those it extends. */
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
  const flat = [...own].map(([name, { rule }]) => {
    const family = [...collectFamily(name, own)].sort()
    const fold = (side: 'allow' | 'deny') => foldGrants(name, family, own, side)
    return [name, { allow: fold('allow'), deny: fold('deny'), rule }] as const
  })
  return Object.fromEntries(flat)
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
function collectFamily(name: string, own: OwnRoles): ReadonlySet<string> {
  const family = new Set([name])
  // A set that grows while it is walked visits what is added.
  for (const member of family) {
    for (const parent of own.get(member)?.extends ?? []) family.add(parent)
  }
  return family
}

function foldGrants(
  name: string,
  family: readonly string[],
  own: OwnRoles,
  side: 'allow' | 'deny',
): Grants {
  const servers = new Set(
    family.flatMap((member) => Object.keys(own.get(member)?.[side] ?? {})),
  )
  const grants = [...servers].map((server) => {
    // Its own section names the refusal, else that of the first it extends.
    const [nearest] = [name, ...family].flatMap(
      (member) => grantOf(own.get(member)?.[side], server)?.rule ?? [],
    )
    const entries = family.flatMap(
      (member) => grantOf(own.get(member)?.[side], server)?.entries ?? [],
    )
    return [server, { rule: nearest ?? '', entries }] as const
  })
  return Object.fromEntries(grants)
}

/** Each circle once, at the `extends` of its first role by name. */
function reportCircles({ checked, report }: LinkContext, own: OwnRoles): void {
  const told = new Set<string>()
  for (const name of [...own.keys()].sort()) {
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
  const ways: string[][] = [[name]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const parent of own.get(way.at(-1) as string)?.extends ?? []) {
      if (parent === name) return way
      if (seen.has(parent)) continue
      seen.add(parent)
      ways.push([...way, parent])
    }
  }
  return undefined
}

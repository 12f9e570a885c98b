// Lints of roles: unused, duplicate, or too much for one holder.
// In: the scene. Out: findings at the role, or at the holder of several.
// INVARIANT: the effect of a tool is taken from its own annotations, and only
// if it has them.

import type { Diagnostic, Note } from '../../contract/diagnostic.ts'
import { splitPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { canonicalize } from '../../table/digest.ts'
import { annotationsOf, nameOf } from '../../table/lock.ts'
import { pointTo } from '../lock.ts'
import { type Named, type RoleSet, readEntry, type Scene } from './scene.ts'

/** GW4001: a role that nobody has. */
export function findUnused({ linked }: Scene): readonly Diagnostic[] {
  const { roles, teams, tokens } = linked
  const holders = [...Object.values(teams), ...Object.values(tokens)]
  // Nobody has any role: the config was only begun.
  if (holders.length === 0) return []
  const extended = Object.entries(roles).flatMap(([name, { allow, deny }]) =>
    [allow, deny].flatMap((section) =>
      Object.values(section).flatMap(({ entries }) =>
        entries.flatMap(({ rule }) => {
          const writer = splitPointer(rule)[1] ?? name
          return writer === name ? [] : [writer]
        }),
      ),
    ),
  )
  const used = new Set([...extended, ...holders.flatMap((one) => one.roles)])
  return Object.entries(roles).flatMap(([name, { rule }]) => {
    if (used.has(name)) return []
    const message = `no team, no token and no other role uses role \`${name}\``
    return [finding('GW4001', rule, message)]
  })
}

/** GW4012: a role that is equal to another one. */
export function findEqual({ linked, matches }: Scene): readonly Diagnostic[] {
  const seen = new Map<string, string>()
  return Object.entries(linked.roles).flatMap(
    ([name, { allow, deny, rule }]) => {
      const sides = [allow, deny].map((section) =>
        Object.entries(section).map(([server, { entries }]) => {
          const spelt = entries.flatMap((entry) => {
            const { rule: _rule, ...rest } = entry
            const { kind, name } = readEntry(entry)
            const names =
              'when' in rest ? undefined : matches(server, kind, name)
            return (
              names?.map((one) => canonicalize({ [kind]: one })) ?? [
                canonicalize(rest),
              ]
            )
          })
          return [server, [...new Set(spelt)].sort()] as const
        }),
      )
      const own = Object.values(allow).some(({ entries }) =>
        entries.some((entry) => splitPointer(entry.rule)[1] === name),
      )
      // A role that only extends another is a second name on purpose.
      if (!own) return []
      const key = canonicalize(sides.map((side) => Object.fromEntries(side)))
      const first = seen.get(key)
      if (first === undefined) {
        seen.set(key, name)
        return []
      }
      const message = `role \`${name}\` allows and denies the same as role \`${first}\``
      const pointer = linked.roles[first]?.rule ?? ''
      const notes = [{ message: `\`${first}\` is declared here`, pointer }]
      return [finding('GW4012', rule, message, { notes })]
    },
  )
}

type Leg = 'private' | 'untrusted' | 'outside'

const ALL_LEGS: readonly Leg[] = ['private', 'untrusted', 'outside']

const LEGS: Readonly<Record<Leg, string>> = Object.freeze({
  private: 'reads private data',
  untrusted: 'reads text from anywhere',
  outside: 'writes outside',
})

/** GW4014: private data, untrusted text and a way out for one holder. */
export function findTrifecta(scene: Scene): readonly Diagnostic[] {
  const { linked, roleSets } = scene
  const offered = Object.entries(linked.definitions).flatMap(
    ([server, { tools }]) =>
      tools.map((tool) => ({ server, name: nameOf('tools', tool) })),
  )
  const isOffered = (leg: Leg) => offered.some((one) => isLeg(leg, scene, one))
  if (!ALL_LEGS.every(isOffered)) return []
  const judge = (roleSet: Pick<RoleSet, 'roles' | 'tools'>) => {
    const named = scene.named(roleSet.roles)
    return ALL_LEGS.flatMap((leg) => {
      const use = named.find(
        (one) => isLeg(leg, scene, one) && scene.lists(roleSet, one),
      )
      return use ? [[leg, use] as const] : []
    })
  }
  const grave = new Set<string>()
  const alone = Object.entries(linked.roles).flatMap(([name, { rule }]) => {
    const legs = judge({ roles: [name], tools: null })
    if (legs.length < 3) return []
    grave.add(name)
    return [describe(`role \`${name}\``, rule, legs)]
  })
  const together = roleSets.flatMap(({ roles, tools, who, rule }) => {
    if (roles.length < 2 || roles.some((role) => grave.has(role))) return []
    const legs = judge({ roles, tools })
    return legs.length < 3 ? [] : [describe(who, rule, legs)]
  })
  return [...alone, ...together]
}

function isLeg(leg: Leg, { tool }: Scene, { server, name }: Named): boolean {
  const { readOnlyHint, openWorldHint } = annotationsOf(tool(server, name))
  if (leg === 'private') return readOnlyHint === true && openWorldHint === false
  if (openWorldHint !== true) return false
  return leg === 'untrusted' ? readOnlyHint === true : readOnlyHint !== true
}

function describe(
  who: string,
  rule: string,
  legs: readonly (readonly [Leg, Named])[],
): Diagnostic {
  const message = `${who} reads private data, reads text from anywhere and writes outside`
  const notes = legs.map(
    ([leg, { server, name }]): Note => ({
      message: `\`${server}/${name}\` ${LEGS[leg]}`,
      pointer: pointTo(server, 'tools', name),
    }),
  )
  return finding('GW4014', rule, message, { notes })
}

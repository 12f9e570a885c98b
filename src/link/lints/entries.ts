// Lints of entries: what they match, or fail to match.
// In: the scene. Out: findings at the entry, where it is written.
// INVARIANT: with a lock by its names, without one by the patterns alone; no
// finding if it is not certain.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { quote } from '../../diagnostics/credential.ts'
import { finding } from '../../diagnostics/report.ts'
import { judgeRisk } from '../../table/lock.ts'
import { matchPattern } from '../../table/match.ts'
import { intersectPatterns } from '../../table/overlap.ts'
import { pointTo } from '../lock.ts'
import { readEntry, type Scene, type Written } from './scene.ts'

/** Names that a message lists. */
const SHOWN = 3

/** GW4003: a pattern that matches destructive tools. */
export function findGrave(scene: Scene): readonly Diagnostic[] {
  return scene.written.flatMap((entry) => {
    if (entry.side !== 'allow' || !isPattern(entry)) return []
    const grave = (
      scene.matches(entry.server, 'tool', entry.name) ?? []
    ).filter(
      (name) =>
        judgeRisk(scene.tool(entry.server, name)) === 'destructive' &&
        !isDenied(scene, entry, name),
    )
    const [first] = grave
    if (entry.kind !== 'tool' || first === undefined) return []
    const count =
      grave.length === 1
        ? 'a destructive tool'
        : `${grave.length} destructive tools`
    const message = `${quote(entry.name)} matches ${count} of \`${entry.server}\`: ${showNames(grave)}`
    const at = pointTo(entry.server, 'tools', first)
    const notes = [
      {
        message: `${quote(first)} is annotated as destructive here`,
        pointer: at,
      },
    ]
    return [finding('GW4003', entry.rule, message, { notes })]
  })
}

/** GW4004: a pattern that matches no locked name. */
export function findEmptyPatterns(scene: Scene): readonly Diagnostic[] {
  return listPatterns(scene).flatMap(({ server, kind, name, rule }) => {
    if (scene.matches(server, kind, name)?.length !== 0) return []
    const message = `${quote(name)} matches no locked ${kind} of \`${server}\``
    return [finding('GW4004', rule, message)]
  })
}

/** GW4005: a pattern that matches exactly one name. */
export function findSingles(scene: Scene): readonly Diagnostic[] {
  return scene.written.flatMap((entry) => {
    const { server, kind, name, rule } = entry
    if (!isPattern(entry) || name === '*') return []
    const [only, second] = scene.matches(server, kind, name) ?? []
    if (only === undefined || second !== undefined) return []
    const message = `${quote(name)} matches one ${kind} of \`${server}\`: ${quote(only)}`
    const help = `write ${quote(only)}, unless you expect more names that match`
    return [finding('GW4005', rule, message, { help })]
  })
}

/** GW4006: a deny of what no role allows or could allow. Only for locked
 * servers: elsewhere a deny is a precaution. */
export function findIdleDenies(scene: Scene): readonly Diagnostic[] {
  const allowed = scene.written.filter(({ side }) => side === 'allow')
  return scene.written.flatMap(({ side, server, kind, name, rule }) => {
    if (side !== 'deny' || !scene.matches(server, kind, name)) return []
    const met = allowed.some(
      (one) =>
        one.server === server &&
        one.kind === kind &&
        intersectPatterns(one.name, name).length > 0,
    )
    if (met) return []
    const message = `${quote(name)} of \`${server}\` is denied, but no role allows it`
    return [finding('GW4006', rule, message)]
  })
}

/** GW4007: an allow that the denies of its own role cover completely. */
export function findShadowed(scene: Scene): readonly Diagnostic[] {
  return scene.written.flatMap((entry) => {
    const { side, server, kind, name, rule } = entry
    if (side !== 'allow') return []
    const denies = scene.denies(entry)
    const cover =
      denies.find((deny) => matchPattern(deny.name, name)) ??
      coverByLock(scene, entry, denies)
    if (!cover) return []
    const message = `${quote(name)} of \`${server}\` is allowed, but the same role denies it`
    const notes = [
      { message: `${quote(cover.name)} denies it here`, pointer: cover.rule },
    ]
    return kind === 'resource'
      ? []
      : [finding('GW4007', rule, message, { notes })]
  })
}

function coverByLock(
  scene: Scene,
  { server, kind, name }: Written,
  denies: readonly Written[],
): Written | undefined {
  const names = scene.matches(server, kind, name) ?? []
  const all =
    names.length > 0 &&
    names.every((one) => denies.some((deny) => matchPattern(deny.name, one)))
  return all
    ? denies.find((deny) => matchPattern(deny.name, names[0] ?? ''))
    : undefined
}

/** GW4021: the exposed name in place of the server's own name. */
export function findPasted(scene: Scene): readonly Diagnostic[] {
  const { servers, lock } = scene.linked
  return scene.written.flatMap(({ server, kind, name, rule }) => {
    const prefix = servers[server]?.prefix ?? ''
    if (kind === 'resource' || Object.hasOwn(lock, server)) return []
    if (prefix === '' || !name.startsWith(prefix)) return []
    const own = name.slice(prefix.length)
    const message = `${quote(name)} begins with ${quote(prefix)}, which only clients see`
    const help = own === '' ? undefined : `write ${quote(own)}`
    return [finding('GW4021', rule, message, help ? { help } : {})]
  })
}

function isPattern({ name }: Written): boolean {
  return name.includes('*')
}

type Pattern = Pick<Written, 'server' | 'kind' | 'name' | 'rule'>

/** Patterns of roles, of limits and of `tools` in tokens. */
function listPatterns({ written, linked }: Scene): readonly Pattern[] {
  const sections = [
    ...Object.values(linked.limits).map(({ on }) => on),
    ...Object.values(linked.tokens).map(({ tools }) => tools ?? {}),
  ]
  const others = sections.flatMap((section) =>
    Object.entries(section).flatMap(([server, { entries }]) =>
      entries.map((entry) => {
        return { server, ...readEntry(entry), rule: entry.rule }
      }),
    ),
  )
  return [...written, ...others].filter(({ name }) => name.includes('*'))
}

function isDenied(scene: Scene, entry: Written, name: string): boolean {
  return scene.denies(entry).some((deny) => matchPattern(deny.name, name))
}

function showNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(quote).join(', ')
  const more = names.length - SHOWN
  return more > 0 ? `${shown} and ${more} more` : shown
}

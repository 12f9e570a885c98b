// Settings that differ: servers, listeners, audit, caps.
// In: two tables. Out: one change for each value, with its path.
// INVARIANT: values are not changed, and references to secrets are among them;
// a renderer masks what looks like a credential.

import type { RoutingTable } from '../../contract/table.ts'
import { canonicalize } from '../digest.ts'
import { pairMembers } from '../pairs.ts'
import { type Gravity, judgeGravity } from './gravity.ts'

export interface SettingChange {
  /** `servers.github.url`, `audit.arguments`. */
  readonly path: string
  /** The same, key by key, because a name may contain a dot. */
  readonly keys: readonly string[]
  /** Value in the base; absent if there is none. */
  readonly before?: unknown
  /** Value in the head; absent if there is none. */
  readonly after?: unknown
  /** Why the change is serious; empty: it is not. */
  readonly gravity: readonly Gravity[]
}

export function diffSettings(
  base: RoutingTable,
  head: RoutingTable,
): readonly SettingChange[] {
  const inherit = findHeirs(base, head)
  return compare(settingsOf(base), settingsOf(head), []).filter(
    ({ keys: [, name = '', member, inner] }) =>
      !(member === 'proxy' && inherit.has(name)) && inner !== 'common',
  )
}

/** Servers that use what is said for all of them: that is one change. */
function findHeirs(
  base: RoutingTable,
  head: RoutingTable,
): ReadonlySet<string> {
  const isHeir = (table: RoutingTable, name: string) => {
    const server = table.servers[name]
    if (server?.type !== 'http') return true
    return canonicalize(server.proxy) === canonicalize(table.proxy)
  }
  const names = Object.keys(head.servers)
  return new Set(names.filter((one) => isHeir(base, one) && isHeir(head, one)))
}

/** Sections that have no comparison of their own. */
function settingsOf(table: RoutingTable): object {
  const { lock, roles, teams, limits, tokens, tests, ...settings } = table
  const { login } = settings
  if (!login) return settings
  // The order counts; the pointers of the entries say nothing. Without spaces, a
  // report in Markdown shows it as one piece.
  const map = login.teams.map.map(({ group, team }) => `${group}→${team}`)
  return { ...settings, login: { ...login, teams: { ...login.teams, map } } }
}

function compare(
  a: unknown,
  b: unknown,
  keys: readonly string[],
): readonly SettingChange[] {
  if (isObject(a) && isObject(b) && !isOtherSignIn(a, b, keys)) {
    return pairMembers(a, b).flatMap(([key, left, right]) =>
      compare(left, right, [...keys, key]),
    )
  }
  const isKnown = a !== undefined && b !== undefined
  if (isKnown && canonicalize(a) === canonicalize(b)) return []
  const before = a === undefined ? {} : { before: a }
  const after = b === undefined ? {} : { after: b }
  const gravity = judgeGravity(keys, a, b)
  return [{ path: keys.join('.'), keys, ...before, ...after, gravity }]
}

/** The members of one kind of sign-in say nothing beside those of another. */
function isOtherSignIn(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  [section, , member, ...below]: readonly string[],
): boolean {
  const isSignIn = section === 'servers' && member === 'auth'
  return isSignIn && below.length === 0 && a.type !== b.type
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

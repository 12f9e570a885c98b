// The differences between what servers offer and their lock.
// In: locked servers, before and after. Out: one Drift for each definition.
// INVARIANT: two locks without a Drift between them have equal digests.

import type { Definition, LockedServer } from '../contract/lock.ts'
import { canonicalize } from './digest.ts'
import { nameOf } from './lock.ts'
import { pairMembers } from './pairs.ts'

export interface Drift {
  /** The server. */
  readonly server: string
  /** What the definition is of; `server`: of the server itself. */
  readonly kind: 'server' | 'tool' | 'prompt' | 'resource template'
  /** Upstream name or URI template; for a server its name. */
  readonly name: string
  /** How the definition differs. */
  readonly change: 'added' | 'removed' | 'changed'
  /** Members that differ, when `changed`. */
  readonly parts: readonly string[]
}

type Servers = Readonly<Record<string, LockedServer>>

/** The list of a LockedServer that holds definitions of a kind. */
export const LIST_OF = Object.freeze({
  tool: 'tools',
  prompt: 'prompts',
  'resource template': 'resourceTemplates',
} as const)

type Listed = keyof typeof LIST_OF

export function findDrift(before: Servers, after: Servers): readonly Drift[] {
  return pairMembers(before, after).flatMap(([server, old, now]) => {
    const whole = { server, kind: 'server', name: server, parts: [] } as const
    if (!old) return [{ ...whole, change: 'added' as const }]
    if (!now) return [{ ...whole, change: 'removed' as const }]
    const kinds = Object.keys(LIST_OF) as readonly Listed[]
    return [
      ...describeServer(server, old, now),
      ...kinds.flatMap((kind) => compareLists(server, kind, old, now)),
    ]
  })
}

/** The server's description of itself. */
function describeServer(
  server: string,
  old: LockedServer,
  now: LockedServer,
): readonly Drift[] {
  const keys = ['protocolVersion', 'serverInfo', 'instructions'] as const
  const parts = keys.filter((key) => !isSame(old[key], now[key]))
  if (parts.length === 0) return []
  return [{ server, kind: 'server', name: server, change: 'changed', parts }]
}

function compareLists(
  server: string,
  kind: Listed,
  old: LockedServer,
  now: LockedServer,
): readonly Drift[] {
  const list = LIST_OF[kind]
  const [left, right] = [old, now].map(
    (one) => new Map(one[list].map((entry) => [nameOf(list, entry), entry])),
  ) as [Map<string, Definition>, Map<string, Definition>]
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .flatMap((name): readonly Drift[] => {
      const [a, b] = [left.get(name), right.get(name)]
      const base = { server, kind, name, parts: [] }
      if (!a) return [{ ...base, change: 'added' }]
      if (!b) return [{ ...base, change: 'removed' }]
      const parts = compareDefinitions(a, b)
      return parts.length === 0 ? [] : [{ ...base, change: 'changed', parts }]
    })
}

/** Texts: their change misleads nobody, because clients get the locked ones. */
const WORDS: readonly string[] = ['title', 'description', 'icons']

/** Whether only texts differ. */
export function isReworded(parts: readonly string[]): boolean {
  return parts.every((part) => WORDS.includes(part))
}

/** Members that differ, in order. */
export function compareDefinitions(
  a: Definition,
  b: Definition,
): readonly string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].filter((key) => !isSame(a[key], b[key])).sort()
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b
  return canonicalize(a) === canonicalize(b)
}

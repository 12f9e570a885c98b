// A recorded use, decided by another table than the one that decided it.
// In: a table, grants, the recorded data of a use. Out: a verdict.
// INVARIANT: uses decide(); if the arguments decide and are not recorded, there
// is no guess.

import type { Entry, Kind, RoutingTable } from '../contract/table.ts'
import { lockedNames } from './access.ts'
import { splitArgument } from './arguments.ts'
import { decide, type Grantee, matchingOf, whenOf } from './decide.ts'
import { foldKey } from './fold.ts'
import type { Side } from './when.ts'

export interface RecordedUse {
  readonly server: string
  /** A completion belongs to a prompt or to a resource. */
  readonly kinds: readonly Kind[]
  readonly name: string
  /** Null: the values are not recorded. */
  readonly args: { readonly value: unknown } | null
}

export interface Replayed {
  readonly verdict: 'allowed' | 'denied' | 'unjudged'
  /** Pointer of the rule that decides. */
  readonly rule: string | null
  /** `lock`: no client sees it; `server`: no server has that name. */
  readonly by: 'rule' | 'lock' | 'server' | 'arguments' | 'app' | 'kind'
}

/** Tools of a server whose user interface a resource is; undefined if the
 * server is not locked. */
export type FindApps = (
  server: string,
  uri: string,
) => readonly string[] | undefined

/** The text in the audit in place of a masked value. */
const MASKED = '[redacted]'

export function replayUse(
  table: RoutingTable,
  grantee: Grantee,
  use: RecordedUse,
  findApps: FindApps,
): Replayed {
  const judged = use.kinds.map((kind) =>
    replayKind(table, grantee, use, kind, findApps),
  )
  const [first, second] = judged as [Replayed, Replayed | undefined]
  if (!second || second.verdict === first.verdict) return first
  return { verdict: 'unjudged', rule: null, by: 'kind' }
}

function replayKind(
  table: RoutingTable,
  grantee: Grantee,
  { server, name, args }: RecordedUse,
  kind: Kind,
  findApps: FindApps,
): Replayed {
  if (!Object.hasOwn(table.servers, server)) {
    return { verdict: 'denied', rule: null, by: 'server' }
  }
  const names = lockedNames(table, server, kind)
  if (names && !Object.hasOwn(names, name)) {
    return { verdict: 'denied', rule: null, by: 'lock' }
  }
  const listed = decide(table, grantee, server, kind, name)
  if (listed.verdict !== 'allow') {
    const { rule } = listed
    return kind === 'resource' && name.startsWith('ui://')
      ? replayApp(table, grantee, { server, name, rule }, findApps)
      : { verdict: 'denied', rule, by: 'rule' }
  }
  const of = (side: Side) =>
    matchingOf(table, grantee, side, server, kind, name)
  const [allow, deny] = [of('allow'), of('deny')]
  const conditional = [...allow, ...deny].filter(whenOf)
  if (conditional.length === 0) {
    return { verdict: 'allowed', rule: listed.rule, by: 'rule' }
  }
  if (args && isWhole(conditional, args.value)) {
    const { verdict, rule } = decide(table, grantee, server, kind, name, args)
    const word = verdict === 'allow' ? 'allowed' : 'denied'
    return { verdict: word, rule, by: 'rule' }
  }
  // True for any arguments.
  const free = allow.find((entry) => !whenOf(entry))
  if (free && !deny.some(whenOf)) {
    return { verdict: 'allowed', rule: free.rule, by: 'rule' }
  }
  return { verdict: 'unjudged', rule: listed.rule, by: 'arguments' }
}

/** A tool's own user interface is allowed with it. */
function replayApp(
  table: RoutingTable,
  grantee: Grantee,
  told: {
    readonly server: string
    readonly name: string
    readonly rule: string | null
  },
  findApps: FindApps,
): Replayed {
  const { server, name, rule } = told
  const deny = matchingOf(table, grantee, 'deny', server, 'resource', name)
  if (deny.length > 0) return { verdict: 'denied', rule, by: 'rule' }
  const tools = findApps(server, name)
  if (!tools) return { verdict: 'unjudged', rule: null, by: 'app' }
  const [granted] = tools
    .map((tool) => decide(table, grantee, server, 'tool', tool))
    .filter(({ verdict }) => verdict === 'allow')
  if (granted) return { verdict: 'allowed', rule: granted.rule, by: 'rule' }
  return { verdict: 'denied', rule, by: 'rule' }
}

/** Whether every argument that these entries judge is recorded as it was sent.
 * An absent argument may have been left out of the record. */
export function isWhole(entries: readonly Entry[], value: unknown): boolean {
  if (hasTwins(value)) return false
  const names = entries.flatMap((entry) => Object.keys(whenOf(entry) ?? {}))
  return names.every((name) => {
    let here = value
    for (const part of splitArgument(name)) {
      if (typeof here !== 'object' || here === null) return false
      if (!Object.hasOwn(here, part)) return false
      here = (here as Record<string, unknown>)[part]
    }
    return !isMasked(here)
  })
}

function isMasked(value: unknown): boolean {
  return [...walk(value)].includes(MASKED)
}

/** A value and all its parts, without recursion: a record may be very deep. */
function* walk(value: unknown): Iterable<unknown> {
  const waiting = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next
    if (typeof next === 'object' && next !== null) {
      for (const inner of Object.values(next)) waiting.push(inner)
    }
  }
}

/** Names that some server may treat as equal; the gateway refuses some. */
function hasTwins(value: unknown): boolean {
  for (const inner of walk(value)) {
    if (typeof inner !== 'object' || inner === null) continue
    const keys = Array.isArray(inner) ? [] : Object.keys(inner).map(foldKey)
    if (new Set(keys).size < keys.length) return true
  }
  return false
}

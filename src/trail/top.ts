// Calls counted by one of their fields.
// In: calls. Out: groups, the largest first, with their durations.
// INVARIANT: memory is bounded: with too many groups the smallest are dropped,
// and the report contains by how much a count may be too low.

import type { Call } from './calls.ts'
import { Durations } from './durations.ts'
import { type ReadMembers, readRecordMember } from './members.ts'
import { startOf } from './row.ts'

export interface Group {
  /** Null: the records do not contain it. */
  readonly value: string | null
  /** For a token or a session: its holder. */
  readonly who: string | null
  calls: number
  /** By authorization, limits or the edge. */
  refused: number
  /** Admitted, but failed. */
  failed: number
  first: string
  last: string
  readonly durations: Durations
}

type Read = (record: ReadMembers) => string | null | undefined

const FIELDS = Object.freeze({
  token: ({ tokenId }) => tokenId,
  subject: ({ subject }) => subject,
  team: ({ team }) => team,
  server: ({ server }) => server,
  tool: ({ server, tool }) => (server ? `${server}/${tool}` : null),
  session: ({ session }) => session,
  client: ({ client }) => client?.name,
  ip: ({ ip }) => ip,
  day: ({ ts }) => ts.slice(0, 10),
  method: ({ method }) => method,
  decision: ({ decision }) => decision,
  outcome: ({ outcome }) => outcome,
  limit: ({ limit }) => limit,
  rule: ({ rule }) => rule && (rule.at ?? rule.pointer),
} satisfies Record<string, Read>)

export type TopField = keyof typeof FIELDS

export const TOP_FIELDS = Object.keys(FIELDS) as readonly TopField[]

const MAX_GROUPS = 20_000

export class Top {
  readonly field: TopField
  readonly #read: Read
  #groups = new Map<string | null, Group>()
  #short = 0

  constructor(field: TopField) {
    this.field = field
    this.#read = FIELDS[field]
  }

  /** The most calls that any count may lack. */
  get short(): number {
    return this.#short
  }

  add(call: Call, main: ReadMembers): void {
    if (this.field !== 'method' && !isCall(main)) return
    if (this.field === 'limit' && main.event !== 'refusal') {
      for (const limit of listWarned(call)) this.#count(limit, call, main)
    } else this.#count(this.#read(main) ?? null, call, main)
  }

  #count(value: string | null, call: Call, main: ReadMembers): void {
    const ts = startOf(call, main)
    const group = this.#groups.get(value) ?? this.#open(value, main, ts)
    const count = main.count ?? 1
    group.calls += count
    if (main.event === 'refusal') group.refused += count
    if ((main.outcome ?? 'ok') !== 'ok') group.failed++
    if (ts < group.first) group.first = ts
    if (ts > group.last) group.last = ts
    if (main.durationMs !== undefined) group.durations.add(main.durationMs)
  }

  /** The largest groups, at most `most`; numbers of all calls and groups. */
  list(most: number): {
    readonly groups: readonly Group[]
    readonly rest: number
  } {
    const sorted = [...this.#groups.values()].sort(bySize)
    return {
      groups: sorted.slice(0, most),
      rest: Math.max(0, sorted.length - most),
    }
  }

  #open(value: string | null, main: ReadMembers, ts: string): Group {
    if (this.#groups.size >= MAX_GROUPS) this.#prune()
    const owned = this.field === 'token' || this.field === 'session'
    const group: Group = {
      value,
      who: owned ? (main.subject ?? null) : null,
      calls: 0,
      refused: 0,
      failed: 0,
      first: ts,
      last: ts,
      durations: new Durations(),
    }
    this.#groups.set(value, group)
    return group
  }

  /** Lossy counting: a group that comes back starts again. */
  #prune(): void {
    const sorted = [...this.#groups.values()].sort(bySize)
    const kept = sorted.slice(0, MAX_GROUPS / 2)
    this.#short += sorted[kept.length]?.calls ?? 0
    this.#groups = new Map(kept.map((group) => [group.value, group]))
  }
}

/** It reached a server, or was refused; `initialize` and streams do neither. */
function isCall({ event, server }: ReadMembers): boolean {
  return event === 'refusal' || (server ?? null) !== null
}

/** Limits that only warn, but would have refused it: from its intent. */
function listWarned({ intent }: Call): readonly (string | null)[] {
  const limit = intent === undefined ? null : readRecordMember(intent)?.limit
  return limit ? limit.split(', ') : [null]
}

function bySize(a: Group, b: Group): number {
  return b.calls - a.calls || ((a.value ?? '') < (b.value ?? '') ? -1 : 1)
}

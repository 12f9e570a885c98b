// What the limits of a table would have said to recorded calls.
// In: records in their order, calls to admit. Out: refusals then, and now.
// INVARIANT: the runtime's own limiter, on the recorded times: an estimate, for
// a record is written a moment after its call was admitted.

import type { AuditRecord } from '../contract/audit.ts'
import type { RoutingTable } from '../contract/table.ts'
import { Limiter } from '../runtime/stages/limit.ts'
import { countsArguments, selectLimits } from '../table/limit.ts'
import type { RecordedUse } from '../table/replay.ts'
import type { Holder } from './holders.ts'

export interface LimitTally {
  readonly name: string
  /** On record, and by this table; also what a limit that only warns would. */
  recorded: number
  simulated: number
}

/** Methods that limits count. */
const CHARGED = ['tools/call', 'resources/read', 'prompts/get']

/** Calls between two sweeps of buckets that are as good as new. */
const SWEEP = 10_000

export class LimitReplay {
  readonly #table: RoutingTable
  readonly #tallies = new Map<string, LimitTally>()
  readonly #flying = new Map<string, () => void>()
  #limiter: Limiter
  #now = 0
  #calls = 0

  constructor(table: RoutingTable) {
    this.#table = table
    this.#limiter = this.#start()
  }

  /** What ends a call, and what was refused then. */
  watch({ event, notice, requestId, decision, limit }: AuditRecord): void {
    if (event === 'notice') {
      // Buckets are a process's own.
      if (notice !== 'start') return
      this.#limiter = this.#start()
      this.#flying.clear()
    } else if (event === 'outcome') {
      this.#flying.get(requestId ?? '')?.()
      this.#flying.delete(requestId ?? '')
    } else if (typeof limit === 'string' && limit !== 'refusals') {
      const names = decision === 'limited' ? [limit] : limit.split(', ')
      for (const name of names) this.#tally(name).recorded++
    }
  }

  admit(
    { event, requestId, method, subject, tool, server }: AuditRecord,
    { grantee, token, lineage }: Holder,
    { kinds, name, args }: RecordedUse,
    at: number,
  ): void {
    const [kind] = kinds
    if (!CHARGED.includes(method ?? '') || !kind || !server) return
    const limits = selectLimits(
      this.#table,
      grantee,
      server,
      kind,
      name,
    ).filter(
      ({ limit }) => !args || countsArguments(limit, server, kind, name, args),
    )
    if (limits.length === 0) return
    this.#now = Math.max(this.#now, at)
    if (++this.#calls % SWEEP === 0) this.#limiter.sweep()
    const admission = this.#limiter.admit(limits, {
      token: lineage,
      subject: token?.subject ?? subject ?? '',
      team: token?.team ?? `token ${lineage}`,
      tool: `${server}/${tool}`,
    })
    if ('refusal' in admission) {
      this.#tally(admission.limit).simulated++
      return
    }
    for (const warned of admission.warned) this.#tally(warned).simulated++
    const holds = limits.some(({ limit }) => limit.concurrent !== null)
    // Of what was refused then, nobody knows how long it would have taken.
    if (event === 'refusal') admission.release()
    else if (holds && requestId !== undefined) {
      this.#flying.set(requestId, () => admission.release())
    }
  }

  list(): readonly LimitTally[] {
    return [...this.#tallies.values()].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )
  }

  #start(): Limiter {
    const monotonic = () => this.#now
    return new Limiter({ now: monotonic, monotonic })
  }

  #tally(name: string): LimitTally {
    const told = this.#tallies.get(name)
    if (told) return told
    const tally = { name, recorded: 0, simulated: 0 }
    this.#tallies.set(name, tally)
    return tally
  }
}

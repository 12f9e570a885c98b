// The decisions of a table's limits on recorded calls.
// In: records in order, calls to admit. Out: refusals then, and now.
// INVARIANT: the runtime's own limiter on the recorded times: an estimate,
// because a record is written a moment after its call was admitted.

import type { AuditRecord } from '../contract/audit.ts'
import type { RoutingTable } from '../contract/table.ts'
import { Limiter } from '../runtime/stages/limit.ts'
import { countsArguments, selectLimits } from '../table/limit.ts'
import type { RecordedUse } from '../table/replay.ts'
import type { Holder } from './holders.ts'

export interface LimitTally {
  /** Name of the limit. */
  readonly name: string
  /** Recorded refusals; for a limit that only warns, its warnings. */
  recorded: number
  /** This config's refusals or warnings, estimated from the recorded times. */
  simulated: number
}

/** Methods that limits count. */
const CHARGED = ['tools/call', 'resources/read', 'prompts/get']

/** Calls between two removals of counters that are empty again. */
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

  /** The end of a call, and the refusals at that time. */
  watch({ event, notice, requestId, decision, limit }: AuditRecord): void {
    if (event === 'notice') {
      // Counters belong to a process.
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
      team: token?.team ?? grantee.team ?? `token ${lineage}`,
      tool: `${server}/${tool}`,
    })
    if ('refusal' in admission) {
      this.#tally(admission.limit).simulated++
      return
    }
    for (const warned of admission.warned) this.#tally(warned).simulated++
    const holds = limits.some(({ limit }) => limit.concurrent !== null)
    // The duration of a refused call is unknown.
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

// What the admin listener tells of a running gateway.
// In: the runtime and what only its start knows. Out: a Status.
// INVARIANT: names and numbers; no secret, no argument, no answer.

import type { Status } from '../contract/status.ts'
import type { Runtime } from './runtime.ts'

export interface Rejected {
  /** Wall-clock milliseconds. */
  readonly at: number
  readonly digest: string | null
  readonly findings: readonly string[]
}

export function describeGateway(
  runtime: Runtime,
  known: {
    readonly url: string
    readonly ready: boolean
    readonly startedAt: number
    readonly since: number
    readonly rejected: Rejected | null
  },
): Status {
  const { rejected } = known
  const sessions = [...runtime.sessions]
  return {
    version: runtime.version,
    pid: process.pid,
    startedAt: writeInstant(known.startedAt),
    url: known.url,
    ready: known.ready,
    table: {
      digest: runtime.routing.digest,
      since: writeInstant(known.since),
    },
    rejected: rejected && { ...rejected, at: writeInstant(rejected.at) },
    servers: runtime.upstreams.describe(),
    sessions: sessions.length,
    streams: sessions.reduce((sum, { streams }) => sum + streams.readers, 0),
    calls: { ...runtime.counts, inFlight: runtime.exchanges.size },
    audit: describeAudit(runtime.audit),
  }
}

function describeAudit({ file, records, problem }: Runtime['audit']) {
  return { file, records, problem }
}

function writeInstant(ms: number): string {
  return new Date(ms).toISOString()
}

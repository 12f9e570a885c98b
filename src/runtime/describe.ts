// What the admin listener tells of a running gateway.
// In: the runtime and what only its start knows. Out: a Status.
// INVARIANT: names and numbers; no secret, no argument, no answer.

import type { Status } from '../contract/status.ts'
import type { Levels } from './levels.ts'
import { type Reloads, writeInstant } from './reloads.ts'
import type { Runtime } from './runtime.ts'

export interface Known {
  readonly url: string
  readonly ready: boolean
  readonly reloads: Reloads
}

const MOST_CALLERS = 10

export function describeGateway(
  runtime: Runtime,
  { url, ready, reloads }: Known,
  levels = readLimits(runtime),
): Status {
  const { routing, tally } = runtime
  return {
    version: runtime.version,
    pid: process.pid,
    startedAt: writeInstant(reloads.startedAt),
    url,
    ready,
    table: {
      digest: routing.digest,
      since: writeInstant(reloads.since),
      revision: reloads.revision,
    },
    rejected: reloads.refusal,
    reloads: {
      accepted: reloads.accepted,
      rejected: reloads.rejected,
      last: reloads.last,
    },
    servers: runtime.upstreams.describe(),
    sessions: runtime.sessions.size,
    streams: countStreams(runtime),
    calls: {
      admitted: tally.admitted,
      refused: tally.refused,
      inFlight: runtime.exchanges.size,
    },
    callers: tally.callers.top(MOST_CALLERS),
    limits: levels.near,
    audit: describeAudit(runtime),
    traces: runtime.tracer?.describe() ?? null,
  }
}

/** Passes over every bucket: once for whoever wants more of it. */
export function readLimits({ limiter, routing }: Runtime): Levels {
  return limiter.levels(routing.table.limits)
}

/** Open GETs of legacy clients, and listening modern ones. */
function countStreams({ sessions, listening }: Runtime): number {
  let streams = listening.size
  for (const session of sessions) streams += session.streams.readers
  return streams
}

function describeAudit({ audit }: Runtime): Status['audit'] {
  const { file, records, seq, checkpoint, problem } = audit
  const { failures, lastFailure, lagMs } = audit
  const failed = lastFailure && {
    at: writeInstant(lastFailure.at),
    reason: lastFailure.reason,
  }
  const written = { file, records, seq, checkpoint, problem }
  return { ...written, failures, lastFailure: failed, lagMs }
}

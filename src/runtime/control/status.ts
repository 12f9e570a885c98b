// The status of a running gateway, for the admin listener.
// INVARIANT: names and numbers; no secret, argument or answer.

import type { Status, TokenCounts } from '../../contract/status.ts'
import { describeDrifts } from '../catalog/drifted.ts'
import type { Targets } from '../catalog/targets.ts'
import { judgeToken } from '../stages/authenticate.ts'
import type { Levels } from '../stages/limit.ts'
import { describeCertificate } from './certificate.ts'
import type { Runtime } from './context.ts'
import { type Reloads, writeInstant } from './reloads.ts'

interface StatusSource {
  readonly url: string
  readonly ready: boolean
  readonly reloads: Reloads
}

const MAX_CALLERS = 10

export function describeGateway(
  runtime: Runtime,
  { url, ready, reloads }: StatusSource,
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
    servers: describeServers(runtime),
    sessions: runtime.sessions.size,
    streams: countStreams(runtime),
    calls: {
      admitted: tally.admitted,
      refused: tally.refused,
      inFlight: runtime.exchanges.size,
    },
    tokens: countTokens(runtime),
    login: describeLogin(runtime),
    callers: tally.callers.top(MAX_CALLERS),
    limits: levels.near,
    audit: describeAudit(runtime),
    certificate: describeCertificate(runtime),
    traces: runtime.tracer?.describe() ?? null,
  }
}

function describeLogin({
  signIns,
  logouts,
  routing,
}: Runtime): Status['login'] {
  const { login, loginState } = signIns.made ?? {}
  const known = login?.describe()
  if (!known) return null
  const hasOwn = Boolean(routing.table.login?.server)
  const server = hasOwn && loginState ? loginState.open().count() : null
  return { ...known, logouts: logouts.count, server }
}

/** Each server with the number of its definitions and its problems. */
function describeServers({ upstreams, routing }: Runtime): Status['servers'] {
  const drifted = describeDrifts(routing.table, routing.drifts)
  const tools = countByServer(routing.tools)
  const prompts = countByServer(routing.prompts)
  const resources = countByServer(routing.resources)
  const templates = countByServer(routing.templates)
  return upstreams.describe().map((server) => {
    const { name } = server
    const remarks = routing.remarks.get(name) ?? []
    const { lines = [], withheld = 0 } = drifted.get(name) ?? {}
    return {
      ...server,
      problems: [...server.problems, ...remarks, ...lines],
      tools: tools.get(name) ?? 0,
      prompts: prompts.get(name) ?? 0,
      resources: (resources.get(name) ?? 0) + (templates.get(name) ?? 0),
      withheld,
      listed: !routing.unlisted.includes(name),
    }
  })
}

function countByServer(targets: Targets): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { server } of [...targets.values()].flat()) {
    counts.set(server, (counts.get(server) ?? 0) + 1)
  }
  return counts
}

/** Reads every bucket, so callers share one result. */
export function readLimits({ limiter, routing }: Runtime): Levels {
  return limiter.levels(routing.table.limits)
}

/** Open GETs of legacy clients and listen streams of modern ones. */
function countStreams({ sessions, listenStreams }: Runtime): number {
  let streams = listenStreams.size
  for (const session of sessions) streams += session.streams.readers
  return streams
}

function describeAudit({ audit }: Runtime): Status['audit'] {
  const { file, records, seq, checkpoint, problem, failures, lagMs } = audit
  const { lastFailure: last } = audit
  const lastFailure = last && { ...last, at: writeInstant(last.at) }
  const written = { file, records, seq, checkpoint, problem }
  return { ...written, failures, lastFailure, lagMs }
}

/** A token with less time left counts as expiring. */
const SOON_MS = 14 * 86_400_000

function countTokens({ routing, clock }: Runtime): TokenCounts {
  const now = clock.now()
  const counts = { good: 0, expiring: 0, early: 0, expired: 0, revoked: 0 }
  const { maxAge } = routing.table
  for (const token of routing.tokens.values()) {
    const problem = judgeToken(routing, token, now)
    const left = Math.min(token.expires, token.created + maxAge) - now
    if (problem === undefined) counts[left < SOON_MS ? 'expiring' : 'good']++
    else counts[STATE[problem] ?? 'revoked']++
  }
  return counts
}

/** The count that each problem of a token belongs to. */
const STATE: Readonly<Record<string, keyof TokenCounts>> = Object.freeze({
  'revoked token': 'revoked',
  'token not valid yet': 'early',
  'expired token': 'expired',
})

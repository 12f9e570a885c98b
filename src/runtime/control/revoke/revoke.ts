// Revokes tokens and ends their calls, sessions and streams.
// INVARIANT: a revocation is in force before it is written to disk; the promise
// resolves when everything has ended.

import type { TokenRecord } from '../../../contract/table.ts'
import type { Revocation, RevocationKind } from '../../../table/revoked.ts'
import { renderNoticeRecord } from '../../audit/notice-record.ts'
import { writeRefusal } from '../../message/refusal.ts'
import type { Exchange } from '../../request.ts'
import { cancelExchange } from '../../stages/cancel.ts'
import { refuseSpent } from '../../stages/token-faults.ts'
import { ownPrincipal } from '../../upstream/caller.ts'
import type { Runtime } from '../context.ts'
import { endGrants } from '../grants.ts'

export type { RevocationKind }

export interface RevokeOrder {
  readonly kind: RevocationKind
  readonly value: string
  /** Milliseconds; absent: all tokens that exist now. */
  readonly before?: number | undefined
  readonly reason?: string | null
}

/** The effect on the tokens of this gateway. */
export interface RevokeEffect {
  readonly before: string
  readonly file: string
  /** Null, or why the file does not hold it, so that a restart loses it. */
  readonly lost: string | null
  readonly tokens: number
  readonly calls: number
  readonly streams: number
}

interface Ended extends Pick<RevokeEffect, 'calls' | 'streams'> {
  /** Resolves when their connections carry nothing more. */
  readonly closed: Promise<void>
}

/** Connections that take longer are destroyed. */
const MAX_DRAIN_MS = 250

/** Revokes by order of an operator, through the admin listener. */
export async function revoke(
  runtime: Runtime,
  { kind, value, before, reason = null }: RevokeOrder,
  ip: string,
): Promise<RevokeEffect> {
  const { revoked, routing } = runtime
  const tokens = [...routing.tokens.values()].filter((token) =>
    isNamed(token, kind, value),
  )
  const revocation = { kind, value, before: before ?? findEnd(runtime, tokens) }
  const fresh = applyRevocations(runtime, [revocation])
  const older = tokens.filter(({ created }) => created < revocation.before)
  const { closed, ...ended } = endTokens(runtime, older)
  const lost = await revoked.append(revocation, reason).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  )
  if (lost)
    runtime.log.error({ lost }, 'a revocation could not be written to disk')
  const line = formatRevocation(revocation)
  const who = { by: 'admin', ip, revocations: [line], reason }
  await recordRevocation(runtime, {
    ...who,
    ...countTokens(fresh.map(({ id }) => id)),
    ...ended,
    lost,
  })
  await closed
  return {
    before: line.before,
    file: revoked.path,
    lost,
    tokens: older.length,
    ...ended,
  }
}

/** Applies revocations that were written into the file. */
export function followRevocations(
  runtime: Runtime,
  found: readonly Revocation[],
): void {
  const { revocations } = runtime.revoked
  const fresh = found.filter((one) => !revocations.has(one))
  if (fresh.length === 0) return
  const gone = applyRevocations(runtime, fresh)
  const tokens = gone.map(({ id }) => id)
  const { closed: _, ...ended } = endTokens(runtime, gone)
  const lines = fresh.slice(0, MAX_RECORDED).map(formatRevocation)
  const who = { by: 'file', revocations: lines, ...countTokens(tokens) }
  void recordRevocation(runtime, { ...who, ...ended })
}

/** Most entries in one record; the file has them all. */
const MAX_RECORDED = 100

/** The number of tokens, and the first ids. */
export function countTokens(tokens: readonly string[]) {
  return { tokens: tokens.length, ids: tokens.slice(0, MAX_RECORDED) }
}

/** Ends the calls, sessions and streams of these tokens, and the grants of people
 * who have no other. */
export function endTokens(
  runtime: Runtime,
  tokens: readonly TokenRecord[],
): Ended {
  const ids = new Set(tokens.map(({ id }) => id))
  const { exchanges, listenStreams, sessions, upstreams } = runtime
  const isOf = ({ principal }: Exchange) => ids.has(principal.token.id)
  const listeners = [...listenStreams].filter((one) =>
    isOf(one.exchange),
  ).length
  let readers = 0
  const own = [...exchanges].filter(isOf)
  for (const exchange of own) {
    const { maxAge } = exchange.routing.table
    const { token } = exchange.principal
    const refusal = refuseSpent('revoked token', token, maxAge)
    cancelExchange(exchange, 'revoked', writeRefusal(refusal))
  }
  for (const session of [...sessions]) {
    if (!ids.has(session.tokenId)) continue
    readers += session.streams.readers
    sessions.delete(session, 'revoked')
  }
  // After the calls, so that their outcome is `revoked`, not a lost server.
  // Calls that wait for their client end with the server session.
  upstreams.closeSessions(new Set([...ids].map(ownPrincipal)))
  endGrants(runtime, new Set(tokens.map(({ subject }) => subject)))
  return {
    calls: own.length - listeners,
    streams: listeners + readers,
    closed: runtime.clientSockets.drain(ids, MAX_DRAIN_MS),
  }
}

/** Puts revocations in force; returns the tokens that they revoke. */
function applyRevocations(
  { routing }: Runtime,
  found: readonly Revocation[],
): readonly TokenRecord[] {
  const { revocations, tokens } = routing
  const before = [...tokens.values()].filter(
    (token) => !revocations.covers(token),
  )
  for (const one of found) revocations.add(one)
  return before.filter((token) => revocations.covers(token))
}

function isNamed(
  { id, subject, team }: TokenRecord,
  kind: RevocationKind,
  value: string,
): boolean {
  return kind === 'all' || { token: id, subject, team }[kind] === value
}

/** Covers all tokens, also one from a machine whose clock is ahead. */
function findEnd({ clock }: Runtime, tokens: readonly TokenRecord[]): number {
  return tokens.reduce(
    (end, { created }) => Math.max(end, created + 1),
    clock.now(),
  )
}

function formatRevocation({ before, ...line }: Revocation) {
  return { ...line, before: new Date(before).toISOString() }
}

/** Resolves when the record is written, and so after the records of the ended
 * calls. */
function recordRevocation(
  { audit, routing }: Runtime,
  detail: object,
): Promise<void> {
  return new Promise((resolve) => {
    const fields = renderNoticeRecord('revocation', routing.digest, detail)
    audit.append(fields, () => resolve())
  })
}

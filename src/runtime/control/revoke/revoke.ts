// Revocation: what ends at once when tokens are good no longer.
// In: an order, lines of `gateway.revoked`, or ids. Out: nothing of theirs is
// under way any more.
// INVARIANT: in force before the disk is asked; told when all of it is over.

import type { TokenRecord } from '../../../contract/table.ts'
import type { Revocation, RevocationKind } from '../../../table/revoked.ts'
import { renderNoticeRecord } from '../../audit/notice-record.ts'
import { UNAUTHENTICATED } from '../../message/refusal.ts'
import type { Exchange } from '../../request.ts'
import { cancelExchange } from '../../stages/cancel.ts'
import { ownPrincipal } from '../../upstream/caller.ts'
import type { Runtime } from '../context.ts'

export type { RevocationKind }

export interface RevokeOrder {
  readonly kind: RevocationKind
  readonly value: string
  /** Milliseconds; absent: all there are now. */
  readonly before?: number | undefined
  readonly reason?: string | null
}

/** What it did to the tokens that this gateway knows. */
export interface RevokeEffect {
  readonly before: string
  readonly file: string
  /** Null, or why it will be forgotten at the next start. */
  readonly lost: string | null
  readonly tokens: number
  readonly calls: number
  readonly streams: number
}

interface Ended extends Pick<RevokeEffect, 'calls' | 'streams'> {
  /** Resolves when their connections are quiet. */
  readonly closed: Promise<void>
}

/** A connection that has not taken its last words by then is broken. */
const PATIENCE_MS = 250

/** By an operator, through the admin listener. */
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
  const fresh = take(runtime, [revocation])
  const older = tokens.filter(({ created }) => created < revocation.before)
  const ids = new Set(older.map(({ id }) => id))
  const { closed, ...ended } = endTokens(runtime, ids)
  const lost = await revoked.append(revocation, reason).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  )
  if (lost)
    runtime.log.error({ lost }, 'a revocation could not be written to disk')
  const line = formatRevocation(revocation)
  const who = { by: 'admin', ip, revocations: [line], reason }
  await note(runtime, { ...who, ...tell(fresh), ...ended, lost })
  await closed
  return {
    before: line.before,
    file: revoked.path,
    lost,
    tokens: ids.size,
    ...ended,
  }
}

/** Lines that somebody wrote into the file. */
export function followRevocations(
  runtime: Runtime,
  found: readonly Revocation[],
): void {
  const { revocations } = runtime.revoked
  const fresh = found.filter((one) => !revocations.has(one))
  if (fresh.length === 0) return
  const tokens = take(runtime, fresh)
  const { closed: _, ...ended } = endTokens(runtime, new Set(tokens))
  const lines = fresh.slice(0, MAX_TOLD).map(formatRevocation)
  const who = { by: 'file', revocations: lines, ...tell(tokens) }
  void note(runtime, { ...who, ...ended })
}

/** In one record; the files have them all. */
const MAX_TOLD = 100

/** How many, and the first of them. */
export function tell(tokens: readonly string[]) {
  return { tokens: tokens.length, ids: tokens.slice(0, MAX_TOLD) }
}

/** Ends whatever these tokens have under way. */
export function endTokens(runtime: Runtime, ids: ReadonlySet<string>): Ended {
  const { exchanges, listenStreams, sessions, upstreams } = runtime
  const isOf = ({ principal }: Exchange) => ids.has(principal.token.id)
  const listeners = [...listenStreams].filter((one) =>
    isOf(one.exchange),
  ).length
  let readers = 0
  const own = [...exchanges].filter(isOf)
  for (const exchange of own) {
    cancelExchange(exchange, 'revoked', UNAUTHENTICATED)
  }
  for (const session of [...sessions]) {
    if (!ids.has(session.tokenId)) continue
    readers += session.streams.readers
    sessions.delete(session, 'revoked')
  }
  // After the calls: their end is a revocation, not a server that went away.
  // Calls that wait for a client to come back end with their server's session.
  upstreams.closeSessions(new Set([...ids].map(ownPrincipal)))
  return {
    calls: own.length - listeners,
    streams: listeners + readers,
    closed: runtime.clientSockets.quiet(ids, PATIENCE_MS),
  }
}

/** Puts revocations in force; the tokens that only they take away. */
function take(
  { routing }: Runtime,
  found: readonly Revocation[],
): readonly string[] {
  const { revocations, tokens } = routing
  const before = [...tokens.values()].filter(
    (token) => !revocations.covers(token),
  )
  for (const one of found) revocations.add(one)
  const gone = before.filter((token) => revocations.covers(token))
  return gone.map(({ id }) => id)
}

function isNamed(
  { id, subject, team }: TokenRecord,
  kind: RevocationKind,
  value: string,
): boolean {
  return kind === 'all' || { token: id, subject, team }[kind] === value
}

/** All there are: a record from a machine whose clock is ahead of ours too. */
function findEnd({ clock }: Runtime, tokens: readonly TokenRecord[]): number {
  return tokens.reduce(
    (end, { created }) => Math.max(end, created + 1),
    clock.now(),
  )
}

function formatRevocation({ before, ...line }: Revocation) {
  return { ...line, before: new Date(before).toISOString() }
}

/** Resolves when it is written, and so after the last words of what was ended,
 * which wait for their own records. */
function note({ audit, routing }: Runtime, detail: object): Promise<void> {
  return new Promise((resolve) => {
    const fields = renderNoticeRecord('revocation', routing.digest, detail)
    audit.append(fields, () => resolve())
  })
}

// Revokes tokens and ends their calls, sessions and streams.
// INVARIANT: a revocation is in force before it is written to disk; the promise
// resolves when everything has ended.

import type { Person } from '../../../contract/login.ts'
import type { TokenRecord } from '../../../contract/table.ts'
import type { Revocation, RevocationKind } from '../../../table/revoked.ts'
import { readTokenId } from '../../../table/token.ts'
import { renderNoticeRecord } from '../../audit/notice-record.ts'
import type { Principal } from '../../catalog/view.ts'
import { writeRefusal } from '../../message/refusal.ts'
import { cancelExchange } from '../../stages/cancel.ts'
import { refuseEnded } from '../../stages/login.ts'
import {
  isPerson,
  judgePerson,
  namePerson,
  type PersonFault,
} from '../../stages/person.ts'
import { ownPrincipal } from '../../upstream/caller.ts'
import type { Runtime } from '../context.ts'
import { endGrants, endRevokedGrants } from '../grants.ts'

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
  /** With those that people of the login have open. */
  readonly tokens: number
  /** Whether it also covers people of a login, who have no record. */
  readonly login: boolean
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
  const tokens = [...routing.tokens.values(), ...listPeople(runtime)].filter(
    (token) => isNamed(token, kind, value),
  )
  const revocation = { kind, value, before: before ?? findEnd(runtime, tokens) }
  const fresh = applyRevocations(runtime, [revocation])
  const older = tokens.filter(({ created }) => created < revocation.before)
  const { closed, ...ended } = endTokens(runtime, older)
  if (kind === 'subject') endRevokedGrants(runtime)
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
    login: kind !== 'token' && Boolean(routing.table.login),
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
  endRevokedGrants(runtime)
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

/** Ends what a person of the login has open: the provider has ended it. Their
 * grants stay, as they may sign in again. */
export function endPerson(
  runtime: Runtime,
  person: Pick<Person, 'issuer' | 'sub'>,
): void {
  runtime.verifier?.forget(person)
  const id = namePerson(person)
  const tokens = listPeople(runtime).filter((token) => token.id === id)
  endOpen(runtime, tokens)
}

/** Ends the calls, sessions and streams of these tokens, and the grants of people
 * who have no other. */
export function endTokens(
  runtime: Runtime,
  tokens: readonly TokenRecord[],
): Ended {
  const ended = endOpen(runtime, tokens)
  endGrants(runtime, new Set(tokens.map(({ subject }) => subject)))
  return ended
}

/** Ends what these tokens have open; what their owners keep stays.
 * `why`: what their calls are told. */
export function endOpen(
  runtime: Runtime,
  tokens: readonly TokenRecord[],
  why: PersonFault = 'revoked',
): Ended {
  const ids = new Set(tokens.map(({ id }) => id))
  const { exchanges, listenStreams, pendingQuestions, sessions, upstreams } =
    runtime
  const given = new Set(tokens)
  const others = listPeople(runtime).filter((token) => !given.has(token))
  // A person may have come with another token too, which is still good.
  const has = (token: TokenRecord | undefined, id: string) =>
    token && isPerson(token) ? given.has(token) : ids.has(id)
  const isOf = ({ principal: { token } }: { principal: Principal }) =>
    has(token, token.id)
  const listeners = [...listenStreams].filter((one) =>
    isOf(one.exchange),
  ).length
  let readers = 0
  const own = [...exchanges].filter(isOf)
  for (const exchange of own) {
    const { token } = exchange.principal
    const reason = isPerson(token) ? why : 'revoked token'
    const refusal = refuseEnded(exchange.routing, token, reason)
    cancelExchange(exchange, 'revoked', writeRefusal(refusal))
  }
  for (const session of [...sessions]) {
    if (!has(session.holder, session.tokenId)) continue
    readers += session.streams.readers
    sessions.delete(session, 'revoked')
  }
  const waiting = pendingQuestions.endOf((token) => has(token, token.id))
  // After the calls, so that their outcome is `revoked`, not a lost server.
  const going = new Set(others.map(({ id }) => id))
  const gone = [...ids].filter((id) => !going.has(id))
  upstreams.closeSessions(new Set(gone.map(ownPrincipal)))
  return {
    calls: own.length - listeners + waiting,
    streams: listeners + readers,
    closed:
      ids.size === 0
        ? Promise.resolve()
        : runtime.clientSockets.drain(findEnded(runtime, tokens), MAX_DRAIN_MS),
  }
}

/** Whether a token, as a client has sent it, is one of those that have ended:
 * another of the same person may still be good. */
function findEnded(
  { verifier, clock, routing }: Runtime,
  tokens: readonly TokenRecord[],
): (token: string) => boolean {
  const ids = new Set(tokens.map(({ id }) => id))
  const people = new Set(tokens.filter(isPerson).map(({ person }) => person))
  return (token) => {
    const person = verifier?.findPerson(token)
    if (!person) return ids.has(readTokenId(token) ?? '')
    if (people.has(person)) return true
    return (
      ids.has(namePerson(person)) &&
      judgePerson(routing, person, clock.now()) !== undefined
    )
  }
}

/** What people of the login came with, as far as something of it is open. */
export function listPeople({
  exchanges,
  pendingQuestions,
  sessions,
}: Pick<
  Runtime,
  'exchanges' | 'pendingQuestions' | 'sessions'
>): readonly TokenRecord[] {
  const held = [
    ...pendingQuestions.listTokens(),
    ...[...exchanges].map(({ principal }) => principal.token),
    ...[...sessions].flatMap(({ holder }) => holder ?? []),
  ]
  return [...new Set(held.filter(isPerson))]
}

/** Puts revocations in force; returns the tokens that they revoke. */
function applyRevocations(
  runtime: Runtime,
  found: readonly Revocation[],
): readonly TokenRecord[] {
  const { revocations, tokens } = runtime.routing
  const covers = (token: TokenRecord) =>
    isPerson(token)
      ? revocations.coversPerson(token)
      : revocations.covers(token)
  const before = [...tokens.values(), ...listPeople(runtime)].filter(
    (token) => !covers(token),
  )
  for (const one of found) revocations.add(one)
  return before.filter(covers)
}

function isNamed(
  token: TokenRecord,
  kind: RevocationKind,
  value: string,
): boolean {
  const { id, subject, team } = token
  if (isPerson(token) && kind === 'subject') {
    return subject.toLowerCase() === value.toLowerCase()
  }
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

// Replaces the running table by another without dropping a call.
// INVARIANT: the swap is one assignment and cannot fail; everything that can
// fail happens before it, while the old table serves.

import type {
  Artefact,
  RoutingTable,
  SecretRef,
  Server,
  TokenRecord,
} from '../../contract/table.ts'
import { consistent } from '../../table/consistent.ts'
import { findReferences, formatWritten } from '../../table/references.ts'
import { renderNoticeRecord } from '../audit/notice-record.ts'
import { Routing } from '../catalog/routing.ts'
import { USES } from '../message/methods.ts'
import { writeRefusal } from '../message/refusal.ts'
import { writeId } from '../message/write.ts'
import { updateListenStreams } from '../notifications/listen.ts'
import { Outward } from '../outward/outward.ts'
import type { Exchange } from '../request.ts'
import {
  findMissing,
  findMissingClient,
  findMissingSecrets,
  type SecretSource,
} from '../secrets/resolve.ts'
import { judgeToken, makePrincipal } from '../stages/authenticate.ts'
import { authorize } from '../stages/authorize.ts'
import { cancelExchange } from '../stages/cancel.ts'
import { judgeHeld } from '../stages/login.ts'
import { applyOwnLists } from '../stages/own-lists.ts'
import { updateSessions } from '../stages/session-streams.ts'
import { listProblems } from '../upstream/catalog.ts'
import type { Runtime } from './context.ts'
import { countTokens, endTokens, listPeople } from './revoke/revoke.ts'

export type Swap =
  | {
      readonly verdict: 'accepted' | 'unchanged'
      /** Changed keys that take effect at the next start. */
      readonly atNextStart: readonly string[]
    }
  | { readonly verdict: 'rejected'; readonly reasons: readonly string[] }

/** The references that a table needs and the running one does not use: its
 * programs run before a swap. */
export function listNewReferences(
  { upstreams, routing }: Runtime,
  { table, digest }: Artefact,
): readonly SecretRef[] {
  if (digest === routing.digest) return []
  const { servers, telemetry } = table
  const changed = Object.entries(servers)
    .filter(([name, one]) => !one.disabled && !upstreams.keeps(name, one))
    .map(([, server]) => server)
  const isSame =
    JSON.stringify(telemetry) === JSON.stringify(routing.table.telemetry)
  const login = isSameLogin(table, routing.table) ? null : table.login
  return findReferences([changed, isSame ? null : telemetry, login])
}

function isSameLogin(one: RoutingTable, other: RoutingTable): boolean {
  return JSON.stringify(one.login) === JSON.stringify(other.login)
}

/** Why a table may not run, as sentences; empty when it may. Secrets of
 * unchanged servers are not checked: a missing one must not block a revocation
 * or another server. */
function prepare(
  artefact: Artefact,
  secrets: SecretSource,
  { upstreams, routing }: Runtime,
): readonly string[] {
  const faults = consistent(artefact)
  if (faults.length > 0) return faults
  const { servers, telemetry } = artefact.table
  const old = JSON.stringify(routing.table.telemetry)
  const collector =
    JSON.stringify(telemetry) === old ? {} : (telemetry?.otlp.headers ?? {})
  const changed = Object.entries(servers).filter(
    ([name, server]) => !upstreams.keeps(name, server),
  )
  const missing = changed.flatMap(([name, server]) =>
    [
      ...findMissingSecrets(server, secrets),
      ...findOutwardProblem(server, secrets),
    ].map((problem) => `server \`${name}\`: ${problem}`),
  )
  const { login } = artefact.table
  const client = login?.introspection?.client
  const isNew = client && !isSameLogin(artefact.table, routing.table)
  const lacking = isNew ? findMissingClient(client, secrets) : []
  return [
    ...missing,
    ...lacking.map((one) => `login: ${one}`),
    ...findMissing(collector, secrets).map((one) => `telemetry: ${one}`),
  ]
}

/** A TLS file, or a credential for the proxy, that is not there. */
function findOutwardProblem(
  server: Server,
  secrets: SecretSource,
): readonly string[] {
  if (server.type !== 'http' || server.disabled) return []
  const url = new URL(formatWritten(server.url, () => 'x'))
  return new Outward(server, secrets).findProblem(url)
}
const CLOSING: Swap = Object.freeze({
  verdict: 'rejected',
  reasons: ['the gateway is closing'],
})

export interface SwapTerms {
  /** The table at the start of the process. */
  readonly started: RoutingTable
  /** Why what the new table needs could not be loaded. */
  readonly fault: string | undefined
}

/** Replaces the running table, unless the new one may not run. */
export function swapTable(
  runtime: Runtime,
  artefact: Artefact,
  secrets: SecretSource,
  { started, fault }: SwapTerms,
  origin: unknown,
): Swap {
  if (runtime.draining) return CLOSING
  const old = runtime.routing
  const same = artefact.digest === old.digest
  const renewal = same ? undefined : prepareCertificate(artefact, runtime)
  const reasons = [
    ...(same ? [] : prepare(artefact, secrets, runtime)),
    ...(typeof renewal === 'string' ? [renewal] : []),
    ...(fault === undefined ? [] : [fault]),
  ]
  if (reasons.length > 0) {
    const detail = { reasons, origin }
    runtime.audit.append(
      renderNoticeRecord('rejected', artefact.digest, detail),
    )
    return { verdict: 'rejected', reasons }
  }
  if (typeof renewal === 'function') renewal()
  if (!same) runtime.upstreams.reconcile(artefact.table)
  replaceRouting(runtime, artefact)
  const atNextStart = listFixed(started, artefact.table)
  if (same) return { verdict: 'unchanged', atNextStart }
  const detail = { previous: old.digest, atNextStart, origin }
  runtime.audit.append(renderNoticeRecord('accepted', artefact.digest, detail))
  return { verdict: 'accepted', atNextStart }
}

/** Why other files of `listen.tls` cannot be used, or what puts them in force;
 * undefined if they are the same. */
function prepareCertificate(
  { table }: Artefact,
  { certificate }: Runtime,
): string | (() => void) | undefined {
  const { tls } = table.listen
  if (!tls || !certificate) return undefined
  const isSame = JSON.stringify(tls) === JSON.stringify(certificate.tls)
  return isSame ? undefined : certificate.prepare(tls)
}

/** The changed keys of what is opened only at the start. */
function listFixed(
  { listen: wasListen, admin: wasAdmin, ...was }: RoutingTable,
  { listen, admin, ...is }: RoutingTable,
): readonly string[] {
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    'listen.host': [wasListen.host, listen.host],
    'listen.port': [wasListen.port, listen.port],
    'listen.path': [wasListen.path, listen.path],
    'login.path': [was.login?.path, is.login?.path],
    // Other files are in force at once.
    'listen.tls': [wasListen.tls === null, listen.tls === null],
    admin: [wasAdmin, admin],
    state: [was.state, is.state],
    key: [was.key, is.key],
    revoked: [was.revoked, is.revoked],
    'grants.folder': [was.grants.folder, is.grants.folder],
    'audit.file': [was.audit.file, is.audit.file],
    'caps.connections': [was.caps.connections, is.caps.connections],
  }
  return Object.keys(pairs).filter((key) => {
    const [before, after] = (pairs[key] ?? []).map((v) => JSON.stringify(v))
    return before !== after
  })
}

/** Joins a table with the current catalogs, and checks all calls and streams
 * again. */
export function replaceRouting(runtime: Runtime, artefact: Artefact): void {
  const old = runtime.routing
  const catalogs = runtime.upstreams.catalogs()
  runtime.routing = new Routing(artefact, catalogs, old.ownTokens, old)
  runtime.audit.settings = artefact.table.audit
  reportRemarks(runtime, old)
  reportDrifts(runtime, old)
  reportProblems(runtime, old)
  const { login } = artefact.table
  const own = runtime.signIns.made?.login
  const isOther = own?.follow(login, runtime.publicOrigin())
  if (isOther) endTokens(runtime, listPeople(runtime))
  if (old.digest !== artefact.digest) closeRevoked(runtime, old)
  for (const exchange of [...runtime.exchanges]) judgeAgain(runtime, exchange)
  updateSessions(runtime)
  updateListenStreams(runtime)
}

/** Ends a call that the running table no longer allows. */
export function judgeAgain(runtime: Runtime, exchange: Exchange): void {
  const { routing, clock } = runtime
  const { message, era, method } = exchange
  const token = judgeHeld(routing, exchange.principal.token, clock.now())
  if ('refusal' in token) {
    cancelExchange(exchange, 'revoked', writeRefusal(token))
    return
  }
  const uses = USES[era].get(method)
  if (!uses || exchange.routing.digest === routing.digest) return
  const principal = makePrincipal(routing, token)
  const verdict = authorize(
    applyOwnLists(runtime, { ...exchange, routing, principal }, exchange),
    uses,
    exchange.granted?.task,
  )
  if (!('refusal' in verdict)) return
  const final = writeRefusal(verdict, writeId(message), era)
  cancelExchange(exchange, 'revoked', final)
}

/** Ends calls and streams of tokens that are no longer good, or are of somebody
 * else; records the tokens that this table revoked. */
function closeRevoked(runtime: Runtime, old: Routing): void {
  const { routing, clock, audit } = runtime
  const now = clock.now()
  const isGood = (table: Routing, id: string) => {
    const token = table.tokens.get(id)
    return token && judgeToken(table, token, now) === undefined
  }
  const bad = [...old.tokens.values()].filter((token) => {
    return !isGood(routing, token.id) || !isOf(routing, token)
  })
  const people = listPeople(runtime).filter(
    (token) => judgeToken(routing, token, now) !== undefined,
  )
  const { calls, streams } = endTokens(runtime, [...bad, ...people])
  const tokens = [
    ...bad.map(({ id }) => id).filter((id) => isGood(old, id)),
    ...people.map(({ id }) => id),
  ]
  if (tokens.length === 0) return
  const detail = { by: 'table', ...countTokens(tokens), calls, streams }
  audit.append(renderNoticeRecord('revocation', routing.digest, detail))
}

/** Whether the record of this id is still of the same person and secret. */
function isOf({ tokens }: Routing, { id, sha256, subject }: TokenRecord) {
  const token = tokens.get(id)
  return token?.sha256 === sha256 && token.subject === subject
}

/** Reports new remarks on names, in the log and the audit. */
function reportRemarks(runtime: Runtime, old: Routing): void {
  const known = new Set([...old.remarks.values()].flat())
  for (const text of new Set([...runtime.routing.remarks.values()].flat())) {
    if (known.has(text)) continue
    runtime.log.warn(text)
    const { digest } = runtime.routing
    runtime.audit.append(renderNoticeRecord('collision', digest, text))
  }
}

/** Reports new differences from the lock. */
function reportDrifts(runtime: Runtime, old: Routing): void {
  const known = new Set(old.drifts.map((drift) => JSON.stringify(drift)))
  for (const drift of runtime.routing.drifts) {
    if (known.has(JSON.stringify(drift))) continue
    const { server, name, what, parts } = drift
    const members = parts.length > 0 ? ` (${parts.join(', ')})` : ''
    runtime.log.warn(`${server}/${name} is not as locked: ${what}${members}`)
    const { digest } = runtime.routing
    runtime.audit.append(renderNoticeRecord('drift', digest, drift))
  }
}

/** Reports new problems of lists. */
function reportProblems(runtime: Runtime, old: Routing): void {
  for (const [server, catalog] of runtime.routing.catalogs) {
    const before = old.catalogs.get(server)
    const known = before ? listProblems(before) : []
    for (const problem of listProblems(catalog).filter(
      (one) => !known.includes(one),
    )) {
      runtime.log.warn(`${server}: ${problem}`)
      const { digest } = runtime.routing
      const detail = { server, problem }
      runtime.audit.append(renderNoticeRecord('listing', digest, detail))
    }
  }
}

// Starts, swaps and closes a gateway.
// INVARIANT: no port opens before the table is proven consistent; nothing that
// this process started is left after `close`.

import { resolve } from 'node:path'
import { adminOrigin, boundAddress, localOrigin } from '../contract/origins.ts'
import type { Status } from '../contract/status.ts'
import type { Artefact } from '../contract/table.ts'
import { consistent } from '../table/consistent.ts'
import { findReferences } from '../table/references.ts'
import { renderCrash, renderNoticeRecord } from './audit/notice-record.ts'
import { openAudit } from './audit/open.ts'
import { type Clock, systemClock } from './base/clock.ts'
import { deriveKey, deriveToken, ensureKey } from './base/key.ts'
import { ServedCertificate } from './base/served-certificate.ts'
import { ensureStateFolder } from './base/state-folder.ts'
import type { Runtime } from './control/context.ts'
import { endGoneGrants } from './control/grants.ts'
import { startHousekeeping } from './control/housekeeping.ts'
import { Reloads } from './control/reloads.ts'
import {
  followRevocations,
  type RevokeEffect,
  type RevokeOrder,
  revoke,
} from './control/revoke/revoke.ts'
import { RevokedFile } from './control/revoke/revoked-file.ts'
import { describeGateway } from './control/status.ts'
import type { Swap } from './control/swap.ts'
import { Swaps } from './control/swaps.ts'
import { Telemetries } from './control/traces/follow.ts'
import { GrantStore } from './grants/store.ts'
import type { Probes } from './http/probes.ts'
import { createListeners, type Listeners } from './listeners.ts'
import { Logouts } from './login/logouts.ts'
import { Trust } from './outward/trust.ts'
import type { Opened } from './routes.ts'
import { assemble, type GatewayOptions } from './runtime.ts'
import { openSecrets } from './secrets/open-secrets.ts'
import type { Programs } from './secrets/programs.ts'
import { resolveValue } from './secrets/resolve.ts'
import { cancelExchange } from './stages/cancel.ts'
import { writeShutdown } from './stages/error-answers.ts'
import type { Levels } from './stages/limit.ts'
import { Watchdog } from './upstream/watchdog.ts'

export type { GatewayOptions }

export interface Gateway {
  /** The endpoint, as clients reach it: `listen.publicUrl` decides it. */
  readonly url: string
  /** The endpoint, for programs of this host. */
  readonly localUrl: string
  readonly adminUrl: string
  /** Where the public listener is bound, such as `0.0.0.0:4600`. */
  readonly boundAt: string
  /** Resolves when every server was tried once, or after five seconds. */
  ready(): Promise<void>
  /** Replaces the table, after the tables that were given before; the result
   * says whether and why not. Runs the programs of new secrets first. */
  swap(artefact: Artefact, origin: unknown): Promise<Swap>
  /** Sets the environment from which later connections read secrets. */
  useEnvironment(env: GatewayOptions['env']): void
  /** Revokes tokens; resolves when no call or stream of theirs is left. */
  revoke(order: RevokeOrder, by?: string): Promise<RevokeEffect>
  /** Records a config that did not compile. */
  reject(findings: readonly string[], origin: unknown): void
  status(): Status
  /** Records that a bug ends this process; the caller ends it. */
  crash(error: unknown): void
  /** Drains and ends everything; resolves when nothing is left. */
  close(): Promise<void>
}

/** Starts a gateway; rejects if the table is not consistent, or a file or port
 * cannot be opened. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { table } = options.artefact
  const faults = consistent(options.artefact)
  if (faults.length > 0) throw new Error(faults.join('; '))
  const parts = await openParts(options)
  const { runtime, audit, secrets } = parts
  audit.append(
    renderNoticeRecord('start', options.artefact.digest, options.origin),
  )
  const reloads = new Reloads(parts.clock, options.origin)
  const state = { tried: false }
  const probes: Probes = {
    readiness: () =>
      runtime.draining ? 'draining' : state.tried ? 'ready' : 'starting',
  }
  const status = (levels?: Levels) => {
    const url = runtime.publicOrigin() + table.listen.path
    const ready = probes.readiness() === 'ready'
    return describeGateway(runtime, { url, ready, reloads }, levels)
  }
  const facts = { reloads, status }
  const listeners = createListeners(parts, probes, facts, options)
  const telemetries = new Telemetries(runtime, secrets)
  await telemetries.follow(table)
  const [port, adminPort] = await bindAll(listeners, options, audit)
  const { listen, admin } = table
  runtime.origin = localOrigin({ ...listen, port })
  const stopTicking = begin(runtime)
  let closed: Promise<void> | undefined
  const swaps = new Swaps({ ...parts, reloads, telemetries, started: table })
  const attempted = runtime.upstreams.attempted().then(() => {
    state.tried = true
  })
  return {
    get url() {
      return runtime.publicOrigin() + listen.path
    },
    localUrl: runtime.origin + listen.path,
    adminUrl: adminOrigin({ ...admin, port: adminPort }),
    boundAt: boundAddress({ ...listen, port }),
    ready: () => attempted,
    status: () => status(),
    swap: (next, origin) => swaps.swap(next, origin),
    useEnvironment: parts.useEnvironment,
    revoke: (order, by = 'process') => revoke(runtime, order, by),
    reject: (findings, origin) => {
      reloads.reject(findings, null)
      audit.append(renderNoticeRecord('rejected', null, { findings, origin }))
    },
    crash: (error) => audit.crash(renderCrash(runtime.routing.digest, error)),
    close: () => {
      const ended = { listeners, telemetries, stopTicking }
      closed ??= shutDown(parts, table.drain, ended)
      return closed
    },
  }
}

/** What needs the public address. Returns a function that stops housekeeping. */
function begin(runtime: Runtime): () => void {
  const { table } = runtime.routing
  const { made } = runtime.signIns
  made?.login.follow(table.login, runtime.publicOrigin())
  runtime.upstreams.reconcile(table)
  endGoneGrants(runtime)
  return startHousekeeping(runtime)
}

interface Running extends Opened {
  readonly programs: Programs
  useEnvironment(env: GatewayOptions['env']): void
}

/** Opens the files of a gateway and creates its parts. */
async function openParts(options: GatewayOptions): Promise<Running> {
  const { root, log, auditFile = options.artefact.table.audit.file } = options
  const { table } = options.artefact
  const clock = options.clock ?? systemClock
  const certificate = openCertificate(options, clock)
  if (table.state !== '') ensureStateFolder(resolve(root, table.state))
  const key = ensureKey(resolve(root, table.key))
  const watchdog = new Watchdog()
  const { programs, secrets, useEnvironment } = openSecrets(
    options,
    clock,
    watchdog,
  )
  await programs.load(findReferences(table.admin))
  const adminToken = table.admin.token
    ? resolveValue(table.admin.token, secrets)
    : deriveToken(key, 'admin')
  const audit = await openAudit(resolve(root, auditFile), {
    settings: table.audit,
    state: table.state === '' ? null : resolve(root, table.state),
    key,
    clock,
    log,
  })
  const onProblem = (problem: string) => log.error(problem)
  const revoked = new RevokedFile(resolve(root, table.revoked), {
    onRevocations: (found) => followRevocations(runtime, found),
    onProblem,
  })
  const folder = resolve(root, table.grants.folder)
  const grants = new GrantStore({ folder, key, clock, onProblem })
  const sealed = (name: 'login' | 'logouts') => ({
    folder: resolve(folder, name),
    key: deriveKey(key, name),
    clock,
    onProblem,
  })
  const logouts = new Logouts(sealed('logouts'))
  const parts = {
    clock,
    audit,
    logouts,
    sealed,
    watchdog,
    programs,
    secrets,
    trust: new Trust(secrets),
    key,
    revoked,
    grants,
    certificate,
  }
  const runtime = assemble(options, parts)
  await runtime.signIns.prepare(table, grants.list()).catch((error) => {
    audit.close()
    throw error
  })
  return { ...parts, runtime, adminToken, useEnvironment }
}

/** Throws if its files cannot be served. */
function openCertificate(
  { artefact, root }: GatewayOptions,
  { now }: Clock,
): ServedCertificate | undefined {
  const { tls } = artefact.table.listen
  return tls ? new ServedCertificate(tls, root, now) : undefined
}

interface Ended {
  readonly listeners: Listeners
  readonly telemetries: Telemetries
  readonly stopTicking: () => void
}

/** Drains for at most `ms`, then ends everything. */
async function shutDown(
  { runtime, audit, revoked, programs, watchdog, grants, logouts }: Running,
  ms: number,
  { listeners, telemetries, stopTicking }: Ended,
): Promise<void> {
  const [listener, admin] = listeners
  runtime.draining = true
  listener.server.close()
  const until = performance.now() + ms
  await drain(runtime, ms)
  for (const session of [...runtime.sessions]) {
    runtime.sessions.delete(session)
  }
  stopTicking()
  runtime.signIns.made?.login.close()
  await Promise.all([listener.close(), admin.close()])
  await runtime.signIns.made?.pages.own.close()
  await Promise.all([runtime.upstreams.close(), programs.close()])
  await revoked.close()
  await Promise.all([grants.close(), logouts.close()])
  watchdog.close()
  runtime.unauthenticated.flush()
  audit.append(renderNoticeRecord('stop', runtime.routing.digest, null))
  audit.close()
  await telemetries.close(until - performance.now())
  runtime.log.flush()
}

/** Opens all or none; returns the ports. */
async function bindAll(
  [listener, admin]: Listeners,
  { artefact, port, adminPort }: GatewayOptions,
  audit: Running['audit'],
): Promise<readonly [number, number]> {
  const { listen, admin: adminAt } = artefact.table
  const { host } = listen
  try {
    // The public one last: nothing is read from it before the servers begin.
    const own = await admin.listen(adminAt.host, adminPort ?? adminAt.port)
    return [await listener.listen(host, port ?? listen.port), own]
  } catch (error) {
    await Promise.all([listener.close(), admin.close()])
    audit.close()
    throw error
  }
}

/** Waits for in-flight calls, at most `ms`; then ends the rest with an error. */
async function drain(runtime: Runtime, ms: number): Promise<void> {
  runtime.upstreams.stopWaiting()
  runtime.pendingQuestions.clear()
  runtime.pendingSignIns.clear()
  // Listen streams never end by themselves.
  for (const { exchange } of [...runtime.listenStreams]) {
    cancelExchange(exchange, 'shutdown')
  }
  const until = performance.now() + ms
  while (runtime.exchanges.size > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  for (const exchange of [...runtime.exchanges]) {
    const body = writeShutdown(exchange)
    cancelExchange(exchange, 'shutdown', { status: 200, body })
  }
  runtime.audit.syncNow()
  // Lets the last answers be sent before their sockets close.
  await new Promise((resolve) => setTimeout(resolve, 20))
}

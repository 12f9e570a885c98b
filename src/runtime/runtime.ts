// Creates the parts of a running gateway and connects them.
// INVARIANT: nothing is opened or started here.

import { randomBytes } from 'node:crypto'
import type { Logger } from '../contract/log.ts'
import type { Artefact, TokenRecord } from '../contract/table.ts'
import { KeyedDigest } from './audit/digest.ts'
import type { AuditLog } from './audit/log.ts'
import { createCache } from './base/cache.ts'
import type { Clock } from './base/clock.ts'
import { InFlightSet } from './base/in-flight.ts'
import { deriveKey } from './base/key.ts'
import { Lender } from './base/lender.ts'
import { LogThrottle } from './base/log-throttle.ts'
import type { ServedCertificate } from './base/served-certificate.ts'
import { Turns } from './base/turns.ts'
import { ResourceIndex } from './catalog/resource-index.ts'
import { Routing } from './catalog/routing.ts'
import { Alarm } from './control/alarm.ts'
import type { Runtime } from './control/context.ts'
import { LateSignIns, type SignIns } from './control/late-sign-ins.ts'
import { Tally } from './control/metrics/tally.ts'
import { ClientSockets } from './control/revoke/client-sockets.ts'
import type { RevokedFile } from './control/revoke/revoked-file.ts'
import { logServers } from './control/server-log.ts'
import { replaceRouting } from './control/swap.ts'
import type { GrantStore, GrantStoreOptions } from './grants/store.ts'
import { MemoryBudget } from './http/memory-budget.ts'
import { Proxies } from './http/proxies.ts'
import { type ClientSession, ClientSessions } from './http/sessions.ts'
import type { Logouts } from './login/logouts.ts'
import { MessageReader } from './message/message.ts'
import { updateListenStreams } from './notifications/listen.ts'
import { routeNotification } from './notifications/route.ts'
import { Subscriptions } from './notifications/subscriptions.ts'
import type { Trust } from './outward/trust.ts'
import { UnauthenticatedCounts } from './record/unauthenticated.ts'
import { PendingQuestions } from './relay/pending-input.ts'
import { PendingSignIns } from './relay/pending-sign-ins.ts'
import { Seal } from './relay/seal.ts'
import { TaskIndex } from './relay/tasks.ts'
import type { SecretSource } from './secrets/resolve.ts'
import { AuthThrottle } from './stages/auth-throttle.ts'
import { Limiter } from './stages/limit.ts'
import { updateSessions } from './stages/session-streams.ts'
import { ownSession } from './upstream/caller.ts'
import type { UpstreamContext } from './upstream/context.ts'
import { Upstreams } from './upstream/upstreams.ts'
import type { Watchdog } from './upstream/watchdog.ts'

export interface GatewayOptions {
  readonly artefact: Artefact
  /** Absolute folder for the relative paths of the table. */
  readonly root: string
  readonly version: string
  readonly log: Logger
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** Instead of the table's port; 0: the kernel chooses. */
  readonly port?: number
  readonly adminPort?: number
  /** Instead of the table's `audit.file`. */
  readonly auditFile?: string
  /** Tokens of this process only. */
  readonly ownTokens?: readonly TokenRecord[]
  /** Origin of the table, for the audit. */
  readonly origin?: unknown
  /** What reads plain requests: our own reader (default), or Node's alone. */
  readonly reader?: 'own' | 'node'
}

/** Most used states that are remembered. An older one is accepted once more,
 * until it expires. */
const MAX_SPENT = 10_000

export interface Parts {
  /** Of what is sealed in a folder of its own. */
  readonly sealed: (folder: 'login' | 'logouts') => GrantStoreOptions
  readonly clock: Clock
  readonly audit: AuditLog
  readonly watchdog: Watchdog
  readonly secrets: SecretSource
  readonly trust: Trust
  readonly key: Buffer
  readonly revoked: RevokedFile
  readonly grants: GrantStore
  readonly logouts: Logouts
  readonly certificate: ServedCertificate | undefined
}

export function assemble(
  { artefact, version, log, ownTokens }: GatewayOptions,
  parts: Parts,
): Runtime {
  const { clock, audit, secrets, key, revoked, grants } = parts
  const memoryBudget = new MemoryBudget()
  const subscriptions = new Subscriptions(memoryBudget)
  const upstreams = new Upstreams(
    () => makeUpstreamContext(runtime, secrets, parts),
    () => replaceRouting(runtime, runtime.routing.artefact),
  )
  const runtime: Runtime = {
    version,
    clock,
    log,
    audit,
    unauthenticated: new UnauthenticatedCounts(audit),
    authThrottle: new AuthThrottle(clock),
    alarm: new Alarm(),
    proxies: new Proxies((peer) => warnOfProxy(runtime, peer)),
    certificate: parts.certificate,
    logThrottle: new LogThrottle(),
    limiter: new Limiter(clock),
    sessions: makeSessions(() => runtime, parts, memoryBudget),
    subscriptions,
    tasks: new TaskIndex(),
    watched: new Subscriptions(memoryBudget),
    listenStreams: new Set(),
    memoryBudget,
    pendingQuestions: new PendingQuestions(memoryBudget),
    pendingSignIns: new PendingSignIns(),
    revoked,
    grants,
    signIns: new LateSignIns(() => loadSignIns(runtime, parts)),
    logouts: parts.logouts,
    get verifier() {
      return runtime.signIns.made?.login.verifier
    },
    clientSockets: new ClientSockets(),
    upstreams,
    turns: new Turns(clock),
    lender: new Lender(),
    exchanges: new InFlightSet(),
    reader: new MessageReader(),
    argumentKey: new KeyedDigest(deriveKey(key, 'arguments')),
    seal: new Seal(deriveKey(key, 'state')),
    usedStates: createCache(MAX_SPENT),
    tally: new Tally(),
    tracer: undefined,
    draining: false,
    origin: '',
    publicOrigin: () => findPublicOrigin(runtime),
    routing: makeRouting(artefact, ownTokens, parts),
    nextRequestId: makeRequestIds(),
  }
  return runtime
}

function findPublicOrigin({ routing, origin }: Runtime): string {
  return routing.table.listen.publicUrl ?? origin
}

/** Before any server has listed anything. */
function makeRouting(
  artefact: Artefact,
  ownTokens: readonly TokenRecord[] = [],
  { revoked: { revocations }, logouts }: Parts,
): Routing {
  const resourceIndex = new ResourceIndex()
  const lasting = { resourceIndex, revocations, logouts }
  return new Routing(artefact, new Map(), ownTokens, lasting)
}

function makeSessions(
  runtime: () => Runtime,
  { clock, key }: Parts,
  budget: MemoryBudget,
): ClientSessions {
  return new ClientSessions(
    clock,
    deriveKey(key, 'sessions'),
    budget,
    (session) => forgetSession(runtime(), session),
  )
}

function makeRequestIds(): () => string {
  const boot = randomBytes(6).toString('hex')
  let requests = 0
  return () => `${boot}-${(++requests).toString(36)}`
}

async function loadSignIns(
  runtime: Runtime,
  { secrets, key, sealed }: Parts,
): Promise<SignIns> {
  const { createSignIns } = await import('./sign-ins.ts')
  return createSignIns({ runtime, secrets, key, sealed: sealed('login') })
}

/** At most once a minute: such a request may be an attempt to hide. */
function warnOfProxy({ log, logThrottle, clock }: Runtime, proxy: string) {
  if (!logThrottle.due('proxy', clock.monotonic())) return
  log.warn(
    { proxy },
    'X-Forwarded-For and Forwarded name different clients: neither is used. Let the proxy set one of them and remove the other',
  )
}

function forgetSession(
  { subscriptions, upstreams }: Runtime,
  session: ClientSession,
): void {
  subscriptions.drop(session)
  upstreams.closeSessions(new Set([ownSession(session.id)]))
}

/** Sends events of servers to the log and their messages to clients. */
function makeUpstreamContext(
  runtime: Runtime,
  secrets: SecretSource,
  { watchdog, trust }: Parts,
): UpstreamContext {
  const { clock, subscriptions, watched, signIns } = runtime
  return {
    clock,
    secrets,
    watchdog,
    trust,
    lender: runtime.lender,
    caps: runtime.routing.table.caps,
    clientInfo: { name: 'portcullis', version: runtime.version },
    ...logServers(runtime),
    ownChanged: () => {
      runtime.upstreams.ownChanged()
      updateSessions(runtime)
      updateListenStreams(runtime)
    },
    makeAccounts: (server) => signIns.needed.makeAccounts(server),
    makeSignIn: (server) => signIns.needed.makeSignIn(server),
    unsolicited: (...message) => routeNotification(runtime, ...message),
    isWanted: (server, session) =>
      subscriptions.isWanted(server, session) ||
      watched.isWanted(server, session),
    listWanted: (server, session) => ({
      uris: subscriptions.listAbout(server, session),
      taskIds: watched.listAbout(server, session),
    }),
  }
}

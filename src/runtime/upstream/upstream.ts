// One upstream server: its sessions and in-flight calls.
// INVARIANT: sessions, calls and queue are bounded; every call ends exactly
// once, by an answer, a failure, a deadline or a cancellation.

import type { UpstreamStatus } from '../../contract/status.ts'
import type { Server } from '../../contract/table.ts'
import type { Account } from '../oauth/account.ts'
import type { Accounts } from '../oauth/accounts.ts'
import { describeAccount } from '../oauth/describe-accounts.ts'
import { Bulkhead } from './bulkhead.ts'
import type { Post } from './call.ts'
import { type Caller, shareSession, wantedLevel } from './caller.ts'
import { type Catalog, listProblems } from './catalog.ts'
import { Connector, type Opening } from './connector.ts'
import type { UpstreamContext } from './context.ts'
import { pause } from './deadline.ts'
import { type Failure, formatMs, RECHECKED } from './failure.ts'
import type { Handshake } from './handshake.ts'
import { Health } from './health.ts'
import { InFlightCall, type UpstreamCall } from './in-flight-call.ts'
import { InUse } from './in-use.ts'
import type { ServerStream } from './listen.ts'
import { Listing } from './listing.ts'
import { OwnLists } from './own-lists.ts'
import { Renewal } from './renewal.ts'
import type { SessionOptions } from './session-options.ts'
import { type Act, type Held, ownerOf, Sessions } from './sessions.ts'
import type { Source } from './source.ts'

/** Least time between two readings of the lists that clients can cause. */
export const BETWEEN_MS = 10_000

/** How long a start waits for the first readings of lists, and a person's list
 * for that person's. */
export const FIRST_ATTEMPT_MS = 5_000

/** The age at which lists that nobody uses are read again. */
const IDLE_MS = 300_000

export class Upstream {
  readonly name: string
  readonly server: Server
  readonly listing: Listing
  readonly #context: UpstreamContext
  readonly #connector: Connector
  readonly #sessions: Sessions
  readonly #renewal: Renewal
  readonly #bulkhead: Bulkhead<InFlightCall>
  readonly #health: Health
  /** Lists of single sessions that differ from the catalog. */
  readonly own: OwnLists
  #sharedLost: (() => void) | undefined
  /** By calls: one may wait for its client before it is sent again. */
  readonly inUse = new InUse()
  /** HTTP 400 of this server means the call, not the session. */
  #refusesCalls = false

  constructor(
    name: string,
    server: Server,
    context: UpstreamContext,
    changed: () => void,
  ) {
    this.name = name
    this.server = server
    this.#context = context
    this.#bulkhead = new Bulkhead(server.concurrency, server.queue)
    this.#connector = new Connector(name, server, context)
    this.#sessions = new Sessions(this.#connector, server, context.clock, {
      unsolicited: (key, client, message, reply) => {
        if (message.method.endsWith('/list_changed')) this.#reread(key)
        else context.unsolicited(this.makeSource(reply), key, client, message)
      },
      // The shared session also reads the catalog.
      wanted: (key) => this.#isShared || context.isWanted(name, key),
      opened: ({ key }) => {
        // What each person gets is only known after a sign-in.
        if (this.isPersonal) this.own.reread(key)
        else void this.listing.refresh(BETWEEN_MS)
      },
      lost: (caller, lived) => {
        if (server.type === 'stdio') this.#health.ended(caller, lived)
        if (this.#isShared) this.#sharedLost?.()
        this.#renewal.lost(caller)
      },
      gone: ({ key }) => this.own.forget(key),
    })
    this.own = new OwnLists({
      find: (key) => this.#sessions.find(key),
      catalog: () => this.catalog,
      depth: context.caps.depth,
      changed: () => context.ownChanged(),
    })
    this.#renewal = new Renewal({
      hold: (caller) => this.#sessions.hold(caller),
      list: (key) => context.listWanted(name, key),
    })
    this.#health = new Health(name, server, this.#connector, context)
    this.listing = new Listing(this.#connector, context, {
      changed: () => {
        changed()
        this.own.rereadAll()
      },
      turned: (...how) => this.#health.turned(...how),
      isPersonal: this.isPersonal,
      ...(this.#isShared && { open: (events) => this.#openShared(events) }),
    })
  }

  get #isShared(): boolean {
    return this.server.isolation === 'shared'
  }

  /** A server with one shared session reads its catalog over that. */
  #openShared({ closed }: Pick<SessionOptions, 'closed'>): Opening | Failure {
    const held = this.#sessions.hold(shareSession(this.server, ''))
    if ('kind' in held) return held
    const { session, ready } = held
    this.#sharedLost = () =>
      closed({ kind: 'ended', detail: 'its session ended' })
    return { session, ready: ready.then(() => session.handshake as Handshake) }
  }

  /** A session announced that lists have changed. */
  #reread(key: string): void {
    this.listing.scheduleReading()
    if (!this.#isShared) this.own.reread(key)
  }

  /** Only for a server whose `auth` is `oauth`. */
  get accounts(): Accounts | undefined {
    return this.#connector.identity.accounts
  }

  /** The account that a call uses. */
  accountOf({ subject }: Caller): Account | undefined {
    return this.#connector.identity.accountOf(subject)
  }

  /** Reads the lists that the server has for a person, once in each session.
   * Undefined: they are read, or the person has not signed in. Never rejects. */
  readOwn(caller: Caller): Promise<void> | undefined {
    const { subject = '' } = caller
    const isOpen = this.accounts?.accountOf(subject)?.state === 'connected'
    if (!isOpen || this.own.get(caller.key)) return undefined
    const held = this.#sessions.hold(caller)
    if ('kind' in held) return undefined
    const read = held.ready.then(() => Promise.all(this.own.readings))
    const ended = read.then(
      () => {},
      () => {},
    )
    return Promise.race([ended, pause(FIRST_ATTEMPT_MS)])
  }

  get isPersonal(): boolean {
    return this.#connector.identity.isPersonal
  }

  /** Ends the sessions of an account: it is another one now, or none. Calls of
   * before may end in the first case. */
  async changeAccount(
    subject: string | null,
    isAnother: boolean,
  ): Promise<void> {
    if (subject === null) {
      this.listing.recheck()
      this.listing.reconnect()
    }
    await this.#sessions.closeOf(subject ?? undefined, isAnother)
  }

  /** Whether sessions of callers may have another era than the catalog's. */
  get mayDeclareMore(): boolean {
    return this.server.type === 'stdio' && !this.#connector.isLegacy
  }

  get catalog(): Catalog | undefined {
    return this.listing.catalog
  }

  now(): number {
    return this.#context.clock.monotonic()
  }

  /** Starts a call, or queues it. */
  start(call: UpstreamCall, now = this.now()): InFlightCall {
    const inFlight = new InFlightCall(this, call, now)
    void this.listing.refresh(undefined, now)
    const { breaker } = this.#health
    const closed = breaker.quiet
      ? undefined
      : breaker.judge(ownerOf(call.caller.key))
    if (closed) {
      call.failed(closed)
      return inFlight
    }
    const slot = this.#bulkhead.enter(inFlight)
    if (slot === 'in') this.#send(inFlight, now)
    if (slot === 'full') {
      this.#health.left(inFlight)
      call.failed({ kind: 'busy', detail: 'the queue is full' })
    }
    return inFlight
  }

  /** Ends calls past their deadline and idle sessions. */
  tick(): void {
    const now = this.#context.clock.monotonic()
    const { timeout, idleTimeout } = this.server
    this.listing.tick(now)
    // A session with an open server request has no idle timeout: a person may
    // have to answer, and which call it belongs to is not always known.
    const waitingSessions = new Set<Held>()
    const all = this.#bulkhead.list()
    for (const { held, openRequests: open } of all) {
      if (held && open > 0) waitingSessions.add(held)
    }
    for (const inFlight of all) {
      const late = now - inFlight.began >= timeout
      const mayWait =
        inFlight.held !== undefined && waitingSessions.has(inFlight.held)
      const isPatient = mayWait || inFlight.call.skipsIdleTimeout
      if (!late && (isPatient || now - inFlight.lastActivity < idleTimeout))
        continue
      const detail = late ? 'timeout' : 'idleTimeout'
      const setting = `${detail} (${formatMs(late ? timeout : idleTimeout)})`
      const failure: Failure = { kind: 'timeout', detail, setting }
      if (!inFlight.stop('timeout')) continue
      this.#health.failed(inFlight, failure)
      inFlight.call.failed(failure)
    }
    this.#sessions.closeIdle()
    void this.listing.refresh(IDLE_MS)
  }

  /** The source of a message; `reply` leads back to its session. */
  makeSource(reply: Post): Source {
    const { name, server } = this
    const pooled = server.isolation === 'shared' && !this.#connector.attributes
    const redact = (bytes: Buffer) => this.redact(bytes)
    return { name, server, pooled, reply, redact }
  }

  /** Removes this server's secrets from a message. */
  redact(bytes: Buffer): Buffer {
    return this.#connector.redact(bytes)
  }

  closeSessions(callers: ReadonlySet<string>): Promise<void> {
    return this.#sessions.closeOwned(callers)
  }

  /** Calls `act` with the server stream of a caller's session; rejects with a
   * Failure. */
  async useServerStream(
    caller: Caller,
    act: (serverStream: ServerStream) => Promise<void>,
  ): Promise<void> {
    const held = this.#sessions.hold(caller)
    if ('kind' in held) throw held
    await held.ready
    held.clients.add(caller.client, this)
    await act(held.session.serverStream)
  }

  forEachSession(owner: string, act: Act, exact = false): void {
    this.#sessions.forEach(owner, act, exact)
  }

  /** Takes no more calls; resolves after the last one. */
  async retire(): Promise<void> {
    await this.inUse.over()
    await this.close()
  }

  /** Ends everything; resolves when nothing is left. */
  async close(): Promise<void> {
    this.#renewal.close()
    await Promise.all([this.listing.close(), this.#sessions.closeAll()])
    await this.#connector.close()
  }

  describe(): UpstreamStatus {
    const { since, reconnects } = this.listing
    return {
      name: this.name,
      title: this.server.title,
      type: this.server.type,
      ...this.#health.describe(this.listing),
      exit: this.#connector.exit,
      signIn: this.#connector.identity.describe(),
      accounts: this.accounts?.list().map(describeAccount) ?? [],
      problems: this.catalog ? listProblems(this.catalog) : [],
      since: new Date(since).toISOString(),
      sessions: this.#sessions.size,
      inFlight: this.#bulkhead.size,
      queued: this.#bulkhead.queued,
      reconnects,
      strays: this.#connector.strays,
    }
  }

  /** Retries a call that has not run: over a new session if the server has
   * forgotten the old one, or with new headers after the lists were read again.
   * Fails other calls. */
  failOrRetry(inFlight: InFlightCall, failure: Failure): void {
    const { kind } = failure
    if (!this.#mayRetry(inFlight, failure)) return this.#fail(inFlight, failure)
    inFlight.tries++
    if (!this.#bulkhead.has(inFlight)) return
    if (kind === 'stale') {
      const again = () => this.#bulkhead.has(inFlight) && this.#send(inFlight)
      return void this.listing.reread().then(again)
    }
    if (inFlight.held) this.#sessions.forget(inFlight.held)
    this.#send(inFlight)
  }

  refreshLists(): void {
    void this.listing.refresh(BETWEEN_MS)
  }

  #mayRetry({ tries, held }: InFlightCall, { kind, status }: Failure): boolean {
    if (kind === 'session' || kind === 'stale') return tries === 0
    // A secret may have changed since the session began.
    if (status === 401) {
      if (held) this.#sessions.forget(held)
      return tries === 0 && this.#connector.hasNewSecrets()
    }
    if (status !== 400 || !held?.open) return false
    // Many servers answer 400 to an unknown session. One that answers it in a
    // new session too means the call; this is remembered.
    if (tries > 0) this.#refusesCalls = true
    return tries === 0 && !this.#refusesCalls
  }

  stop(inFlight: InFlightCall, reason: string): boolean {
    this.#health.left(inFlight)
    if (this.#bulkhead.withdraw(inFlight)) return true
    if (!this.#bulkhead.has(inFlight)) return false
    inFlight.session?.cancel(inFlight.id, reason)
    return this.release(inFlight)
  }

  answered(inFlight: InFlightCall): void {
    this.#health.answered(inFlight)
  }

  /** Frees the slot of a call and starts the next; false if it had none. */
  release(inFlight: InFlightCall): boolean {
    if (!this.#bulkhead.leave(inFlight)) return false
    if (inFlight.held) inFlight.held.lastUsed = this.now()
    const next = this.#bulkhead.next()
    if (next) this.#send(next)
    return true
  }

  #send(inFlight: InFlightCall, now = this.now()): void {
    const held = this.#sessions.hold(inFlight.call.caller, now)
    if ('kind' in held) return this.#fail(inFlight, held)
    inFlight.held = held
    if (held.usable) return this.#sendOver(held, inFlight)
    held.ready.then(
      () => this.#sendOver(held, inFlight),
      (failure: Failure) => this.#fail(inFlight, failure),
    )
  }

  #sendOver(held: Held, inFlight: InFlightCall): void {
    const { session, clients } = held
    if (!this.#bulkhead.has(inFlight)) return
    const { caller } = inFlight.call
    const level = wantedLevel(caller)
    if (level !== undefined && !session.sendsLevel(level)) {
      return void session
        .setLevel(level)
        .then(() => this.#sendOver(held, inFlight))
    }
    clients.add(caller.client, this)
    inFlight.session = session
    session.call(inFlight)
  }

  #fail(inFlight: InFlightCall, failure: Failure): void {
    if (RECHECKED.includes(failure.kind)) {
      this.listing.recheck()
    }
    if (!this.release(inFlight)) return
    this.#health.failed(inFlight, failure)
    inFlight.call.failed(failure)
  }
}

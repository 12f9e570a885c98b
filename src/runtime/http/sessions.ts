// Sessions of legacy clients (2025-11-25, transports).
// INVARIANT: a session id alone gives no access: the session belongs to one
// token, and each request must authenticate with it.

import type { LRUCache } from 'lru-cache'
import type { AuditOutcome } from '../../contract/audit.ts'
import type { TokenRecord } from '../../contract/table.ts'
import { hashConversation, renderOrigin } from '../audit/fragments.ts'
import { createCache } from '../base/cache.ts'
import type { Clock } from '../base/clock.ts'
import type { Changeable, View } from '../catalog/view.ts'
import type { Capabilities } from '../message/capabilities.ts'
import { type Client, makeClient } from '../message/client-info.ts'
import { LEVELS } from '../message/methods.ts'
import { ServerRequests } from '../message/server-requests.ts'
import type { EventStream } from './event-stream.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { SessionIds, type Terms } from './session-id.ts'
import { ReplayRetention, Streams } from './streams.ts'

export interface ClientSession {
  readonly id: string
  /** Identifies it in the audit, rendered. */
  readonly origin: string
  readonly tokenId: string
  /** Of a person of the company's login: what they last came with. */
  holder: TokenRecord | undefined
  readonly protocol: string
  readonly client: Client
  /** The capabilities that the client declared. */
  readonly capabilities: Capabilities
  /** Requests of servers that the client has to answer. */
  readonly serverRequests: ServerRequests
  /** The lowest of LEVELS that the client wants; undefined: all. */
  level: string | undefined
  /** How its stream ended, for the audit. */
  outcome: AuditOutcome
  /** When an open stream last kept it alive; monotonic. */
  touched: number
  readonly streams: Streams
  /** The GET stream, while its client listens or may come back to it. */
  readonly stream: EventStream | undefined
  /** The lists that the client last saw or was told of, as fingerprints. */
  readonly shown: Record<Changeable, string>
}

const MAX = 10_000
const MAX_EACH = 256
/** Approximate bytes that are kept for clients that lost a stream. */
const MAX_KEPT = 64 * 1024 * 1024

/** Approximate bytes of a session beyond its capabilities. */
const FRAME = 2_048

function weigh({ capabilities }: ClientSession): number {
  return FRAME + JSON.stringify(capabilities).length
}

const IDLE_MS = 24 * 3_600_000

/** How often an open stream postpones the end of its session. */
const TOUCH_MS = 60_000

/** How often requests do, and how exactly that end is judged. */
const EXACT_MS = 1_000

export class ClientSessions {
  readonly #sessions: LRUCache<string, ClientSession>
  readonly #byToken = new Map<string, Set<ClientSession>>()
  readonly #clock: Clock
  readonly #retention = new ReplayRetention(MAX_KEPT)
  readonly #memoryBudget: MemoryBudget
  readonly #ids: SessionIds
  /** Ids of sessions that have ended, also those of an earlier process. */
  readonly #ended = createCache<string, true>(MAX)

  /** `ended` is called for each session that ends. */
  constructor(
    clock: Clock,
    key: Buffer,
    memoryBudget: MemoryBudget,
    ended: (session: ClientSession) => void,
  ) {
    this.#clock = clock
    this.#memoryBudget = memoryBudget
    this.#ids = new SessionIds(key)
    this.#sessions = createCache(MAX, {
      ttl: IDLE_MS,
      ttlResolution: EXACT_MS,
      updateAgeOnGet: true,
      // A session that is not used again must end too.
      ttlAutopurge: true,
      dispose: (session) => {
        this.#ended.set(session.id, true)
        const own = this.#own(session.tokenId)
        own.delete(session)
        if (own.size === 0) this.#byToken.delete(session.tokenId)
        session.streams.close()
        session.serverRequests.close()
        memoryBudget.charge(session.tokenId, -weigh(session))
        ended(session)
      },
    })
  }

  get size(): number {
    return this.#sessions.size
  }

  create(
    tokenId: string,
    protocol: string,
    client: Client,
    view: View,
    capabilities: Capabilities,
  ): ClientSession {
    const { name, version } = client
    const terms = { tokenId, protocol, name, version, capabilities }
    return this.#add(this.#ids.make(terms), terms, { ...view.fingerprints })
  }

  #add(
    id: string,
    { tokenId, protocol, name, version, capabilities }: Terms,
    shown: Record<Changeable, string>,
  ): ClientSession {
    const client = makeClient(name, version)
    const streams = new Streams(
      protocol,
      this.#clock,
      this.#memoryBudget.of(tokenId),
      this.#retention,
    )
    const session: ClientSession = {
      id,
      origin: renderOrigin(client.fragment, hashConversation(id), protocol),
      tokenId,
      holder: undefined,
      protocol,
      client,
      capabilities,
      serverRequests: new ServerRequests(),
      level: undefined,
      outcome: 'ok',
      touched: this.#clock.monotonic(),
      streams,
      get stream() {
        return streams.listening
      },
      shown,
    }
    const cost = weigh(session)
    this.#makeRoom(tokenId, cost)
    this.#memoryBudget.charge(tokenId, cost)
    this.#own(tokenId).add(session)
    this.#sessions.set(id, session)
    return session
  }

  /** Deletes the token's own oldest sessions, never those of others. */
  #makeRoom(tokenId: string, cost: number): void {
    const own = this.#own(tokenId)
    const isFull = () =>
      own.size >= MAX_EACH || !this.#memoryBudget.hasRoom(tokenId, cost)
    while (own.size > 0 && isFull()) {
      const [oldest] = own
      const idle = [...own].find(({ streams }) => streams.readers === 0)
      this.delete((idle ?? oldest) as ClientSession)
    }
  }

  #own(tokenId: string): Set<ClientSession> {
    let own = this.#byToken.get(tokenId)
    if (!own) {
      own = new Set()
      this.#byToken.set(tokenId, own)
    }
    return own
  }

  /** The session, if it belongs to this token. A session of an earlier process
   * is restored without its level, subscriptions and server sessions. */
  find(id: string, tokenId: string): ClientSession | undefined {
    const session = this.#sessions.peek(id)
    if (session) {
      if (session.tokenId !== tokenId) return undefined
      this.touch(session, this.#clock.monotonic(), EXACT_MS)
      return session
    }
    const terms = this.#ended.has(id) ? undefined : this.#ids.read(id)
    if (terms?.tokenId !== tokenId) return undefined
    // Which lists it last saw is not known, so all count as changed.
    return this.#add(id, terms, { tools: '', prompts: '', resources: '' })
  }

  /** A session of any token, to send it a message of its server. */
  peek(id: string): ClientSession | undefined {
    return this.#sessions.peek(id)
  }

  /** An open stream keeps its session alive. Each time costs a new timer, so
   * `every`: milliseconds between two. */
  touch(session: ClientSession, now: number, every = TOUCH_MS): void {
    if (now - session.touched < every) return
    session.touched = now
    this.#sessions.get(session.id)
  }

  /** Ids of tokens that have sessions. */
  get tokenIds(): readonly string[] {
    return [...this.#byToken.keys()]
  }

  listOf(tokenId: string): readonly ClientSession[] {
    return [...(this.#byToken.get(tokenId) ?? [])]
  }

  /** Number of open GETs of a token. */
  countReaders(tokenId: string): number {
    let count = 0
    for (const { streams } of this.#own(tokenId)) count += streams.readers
    return count
  }

  /** The lowest level that any session of a token wants. */
  lowestLevel(tokenId: string): string {
    const ranks = [...this.#own(tokenId)]
      .filter(({ level }) => level !== undefined)
      .map(({ level = '' }) => LEVELS.indexOf(level))
    return LEVELS[Math.min(...ranks)] ?? 'debug'
  }

  /** Deletes events whose clients did not come back in time. */
  sweep(now: number): void {
    this.#retention.sweep(now)
  }

  delete(session: ClientSession, outcome?: AuditOutcome): void {
    if (outcome) session.outcome = outcome
    this.#sessions.delete(session.id)
  }

  *[Symbol.iterator](): Generator<ClientSession> {
    yield* this.#sessions.values()
  }
}

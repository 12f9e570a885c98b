// Sessions of legacy clients (docs/specification/2025-11-25, transports).
// In: an initialize request of a principal. Out: sessions by id.
// INVARIANT: an id alone opens nothing: it belongs to one token, and every
// request proves the token again.

import type { LRUCache } from 'lru-cache'
import type { AuditOutcome } from '../../contract/audit.ts'
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
  /** Names it in the audit, rendered. */
  readonly origin: string
  readonly tokenId: string
  readonly protocol: string
  readonly client: Client
  /** What the client can do, as it declared it. */
  readonly capabilities: Capabilities
  /** What servers ask it. */
  readonly serverRequests: ServerRequests
  /** What it wants to be told, of LEVELS; undefined: whatever there is. */
  level: string | undefined
  /** How its stream ended, for the audit. */
  outcome: AuditOutcome
  readonly streams: Streams
  /** The GET stream, while its client listens or may come back to it. */
  readonly stream: EventStream | undefined
  /** The lists that the client last saw or was told of, as fingerprints. */
  readonly shown: Record<Changeable, string>
}

const MAX = 10_000
const MAX_EACH = 256
/** Bytes, about, that are kept for clients that lost a stream. */
const MAX_KEPT = 64 * 1024 * 1024

/** Bytes, about, of a session beside what its client declared. */
const FRAME = 2_048

function weigh({ capabilities }: ClientSession): number {
  return FRAME + JSON.stringify(capabilities).length
}

const IDLE_MS = 24 * 3_600_000

export class ClientSessions {
  readonly #sessions: LRUCache<string, ClientSession>
  readonly #byToken = new Map<string, Set<ClientSession>>()
  readonly #clock: Clock
  readonly #retention = new ReplayRetention(MAX_KEPT)
  readonly #memoryBudget: MemoryBudget
  readonly #ids: SessionIds
  /** Of another process, ended by this one. */
  readonly #ended = createCache<string, true>(MAX)

  /** `ended` is told of each session that is over. */
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
      updateAgeOnGet: true,
      // Also a session that nobody asks for again must be ended.
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
      protocol,
      client,
      capabilities,
      serverRequests: new ServerRequests(),
      level: undefined,
      outcome: 'ok',
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

  /** One token's sessions push out its own oldest, never another's. */
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

  /** The session, if it is this token's; also one of a gateway before this
   * one, whose level, subscriptions and server sessions are lost. */
  find(id: string, tokenId: string): ClientSession | undefined {
    const session = this.#sessions.get(id)
    if (session) return session.tokenId === tokenId ? session : undefined
    const terms = this.#ended.has(id) ? undefined : this.#ids.read(id)
    if (terms?.tokenId !== tokenId) return undefined
    // What it last saw is not known: it is told that all may have changed.
    return this.#add(id, terms, { tools: '', prompts: '', resources: '' })
  }

  /** A session of whoever: for what its own server has to say. */
  named(id: string): ClientSession | undefined {
    return this.#sessions.peek(id)
  }

  /** An open stream keeps its session alive. */
  touch(session: ClientSession): void {
    this.#sessions.get(session.id)
  }

  /** Open GETs of a token. */
  countReaders(tokenId: string): number {
    let count = 0
    for (const { streams } of this.#own(tokenId)) count += streams.readers
    return count
  }

  /** The most that any session of a token wants to be told. */
  lowestLevel(tokenId: string): string {
    const ranks = [...this.#own(tokenId)]
      .filter(({ level }) => level !== undefined)
      .map(({ level = '' }) => LEVELS.indexOf(level))
    return LEVELS[Math.min(...ranks)] ?? 'debug'
  }

  /** Forgets what clients were not back for in time. */
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

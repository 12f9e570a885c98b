// Sessions of legacy clients (docs/specification/2025-11-25, transports).
// In: an initialize request of a principal. Out: sessions by id.
// INVARIANT: an id alone opens nothing: it belongs to one token, and every
// request proves the token again.

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AuditOutcome } from '../../contract/audit.ts'
import { hashConversation, renderOrigin } from '../audit/fragments.ts'
import type { Client } from '../exchange.ts'
import type { Changeable, View } from '../view.ts'
import type { Answer } from './answer.ts'

export interface ClientSession {
  readonly id: string
  /** Names it in the audit, rendered. */
  readonly origin: string
  readonly tokenId: string
  readonly protocol: string
  readonly client: Client
  /** How its stream ended, for the audit. */
  outcome: AuditOutcome
  /** The GET stream, while one is open. */
  stream: Answer | undefined
  /** The lists that the client last saw or was told of, as fingerprints. */
  readonly shown: Record<Changeable, string>
}

const MOST = 10_000
const MOST_EACH = 256
const IDLE_MS = 24 * 3_600_000

export class ClientSessions {
  readonly #sessions: LRUCache<string, ClientSession>
  readonly #byToken = new Map<string, Set<ClientSession>>()

  /** `ended` is told of each session that is over. */
  constructor(ended: (session: ClientSession) => void) {
    this.#sessions = new LRUCache({
      max: MOST,
      ttl: IDLE_MS,
      updateAgeOnGet: true,
      // Also a session that nobody asks for again must be ended.
      ttlAutopurge: true,
      dispose: (session) => {
        const own = this.#own(session.tokenId)
        own.delete(session)
        if (own.size === 0) this.#byToken.delete(session.tokenId)
        session.stream?.end(200)
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
  ): ClientSession {
    const id = randomBytes(24).toString('base64url')
    const session: ClientSession = {
      id,
      origin: renderOrigin(client.fragment, hashConversation(id), protocol),
      tokenId,
      protocol,
      client,
      outcome: 'ok',
      stream: undefined,
      shown: { ...view.fingerprints },
    }
    this.#makeRoom(tokenId)
    this.#own(tokenId).add(session)
    this.#sessions.set(id, session)
    return session
  }

  /** One token's sessions push out its own oldest, never another's. */
  #makeRoom(tokenId: string): void {
    const own = this.#own(tokenId)
    if (own.size < MOST_EACH) return
    const [oldest] = own
    const idle = [...own].find(({ stream }) => !stream) ?? oldest
    if (idle) this.delete(idle)
  }

  #own(tokenId: string): Set<ClientSession> {
    let own = this.#byToken.get(tokenId)
    if (!own) {
      own = new Set()
      this.#byToken.set(tokenId, own)
    }
    return own
  }

  /** The session, if it is this token's. */
  find(id: string, tokenId: string): ClientSession | undefined {
    const session = this.#sessions.get(id)
    return session?.tokenId === tokenId ? session : undefined
  }

  /** An open stream keeps its session alive. */
  touch(session: ClientSession): void {
    this.#sessions.get(session.id)
  }

  delete(session: ClientSession, outcome?: AuditOutcome): void {
    if (outcome) session.outcome = outcome
    this.#sessions.delete(session.id)
  }

  *[Symbol.iterator](): Generator<ClientSession> {
    yield* this.#sessions.values()
  }
}

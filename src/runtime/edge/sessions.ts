// Sessions of legacy clients (docs/specification/2025-11-25, transports).
// In: an initialize request of a principal. Out: sessions by id.
// INVARIANT: an id alone opens nothing: it belongs to one token, and every
// request proves the token again.

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
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
  /** The GET stream, while one is open. */
  stream: Answer | undefined
  /** The lists that the client last saw or was told of, as fingerprints. */
  readonly shown: Record<Changeable, string>
}

const MOST = 10_000
const IDLE_MS = 24 * 3_600_000

export class ClientSessions {
  readonly #sessions: LRUCache<string, ClientSession>

  /** `ended` is told of each session that is over. */
  constructor(ended: (session: ClientSession) => void) {
    this.#sessions = new LRUCache({
      max: MOST,
      ttl: IDLE_MS,
      updateAgeOnGet: true,
      dispose: (session) => {
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
      stream: undefined,
      shown: { ...view.fingerprints },
    }
    this.#sessions.set(id, session)
    return session
  }

  /** The session, if it is this token's. */
  find(id: string, tokenId: string): ClientSession | undefined {
    const session = this.#sessions.get(id)
    return session?.tokenId === tokenId ? session : undefined
  }

  delete(session: ClientSession): void {
    this.#sessions.delete(session.id)
  }

  *[Symbol.iterator](): Generator<ClientSession> {
    yield* this.#sessions.values()
  }
}

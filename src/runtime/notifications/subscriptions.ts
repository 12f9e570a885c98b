// Who wants to hear of which resource, or of which task.
// In: clients, as they subscribe and leave. Out: those to tell.
// INVARIANT: a server is asked once a session of its own, however many clients
// share that session; a client that is gone is told nothing.

import type { Changeable } from '../catalog/view.ts'
import { MemoryBudget } from '../http/memory-budget.ts'
import type { ClientSession } from '../http/sessions.ts'
import type { Exchange } from '../request.ts'

/** A client: by its session, or by a request that listens. */
export type Subscriber = ClientSession | ListenStream

/** What one costs beside its text. */
const FRAME = 512

function nameToken(subscriber: Subscriber): string {
  return 'exchange' in subscriber
    ? subscriber.exchange.principal.token.id
    : subscriber.tokenId
}

export class Subscriptions {
  readonly #memoryBudget: MemoryBudget
  /** What each client has. */
  readonly #held = new Map<Subscriber, { count: number; bytes: number }>()
  /** By server, its session and what it is about. */
  readonly #heard = new Map<string, Set<Subscriber>>()

  constructor(memoryBudget = new MemoryBudget()) {
    this.#memoryBudget = memoryBudget
  }

  /** Whether one more is within what a client, and its token, may have. */
  hasRoom(place: Place, session: Subscriber): boolean {
    const { count, bytes } = this.#held.get(session) ?? NOTHING
    const size = weigh(place)
    return (
      count < MAX_EACH &&
      bytes + size <= MAX_BYTES &&
      this.#memoryBudget.hasRoom(nameToken(session), size)
    )
  }

  /** True for the first, on whose behalf the server must be asked. */
  add(place: Place, session: Subscriber): boolean {
    const key = keyOf(place)
    const known = this.#heard.get(key)
    if (!known?.has(session)) this.#hold(session, place, 1)
    this.#heard.set(key, (known ?? new Set()).add(session))
    return known === undefined
  }

  /** True for the last, who has the server be told. */
  delete(place: Place, session: Subscriber): boolean {
    const key = keyOf(place)
    const known = this.#heard.get(key)
    if (!known?.delete(session)) return false
    this.#hold(session, place, -1)
    if (known.size > 0) return false
    return this.#heard.delete(key)
  }

  list(server: string, key: string, about: string): readonly Subscriber[] {
    return [...(this.#heard.get(keyOf({ server, key, about })) ?? [])]
  }

  isWanted(server: string, key: string): boolean {
    return this.listAbout(server, key).length > 0
  }

  /** What somebody wants to hear about, of one session with a server. */
  listAbout(server: string, key: string): readonly string[] {
    const start = `${JSON.stringify([server, key]).slice(0, -1)},`
    return [...this.#heard.keys()]
      .filter((one) => one.startsWith(start))
      .map((one) => (JSON.parse(one) as readonly string[])[2] as string)
  }

  #hold(session: Subscriber, place: Place, change: 1 | -1): void {
    const held = this.#held.get(session) ?? { ...NOTHING }
    const bytes = change * weigh(place)
    this.#memoryBudget.charge(nameToken(session), bytes)
    held.count += change
    held.bytes += bytes
    if (held.count > 0) this.#held.set(session, held)
    else this.#held.delete(session)
  }

  /** Takes a client out everywhere. */
  drop(session: Subscriber): void {
    const { bytes } = this.#held.get(session) ?? NOTHING
    this.#memoryBudget.charge(nameToken(session), -bytes)
    this.#held.delete(session)
    for (const [key, sessions] of this.#heard) {
      if (sessions.delete(session) && sessions.size === 0) {
        this.#heard.delete(key)
      }
    }
  }
}

/** Of one client. */
const MAX_EACH = 1_000
const MAX_BYTES = 1024 * 1024

const NOTHING = Object.freeze({ count: 0, bytes: 0 })

export interface Place {
  readonly server: string
  /** Of the session with the server. */
  readonly key: string
  /** The resource's URI, or the task's id. */
  readonly about: string
}

/** Bytes, about, of one. */
export function weigh({ about }: Place): number {
  return FRAME + Buffer.byteLength(about)
}

function keyOf({ server, key, about }: Place): string {
  return JSON.stringify([server, key, about])
}

/** A task, and the id that the client has for it. */
export interface Watched {
  readonly place: Place
  /** The tool's upstream name. */
  readonly tool: string
  readonly sealed: string
}

export interface Wanted {
  readonly wants: ReadonlySet<Changeable>
  /** Once acknowledged, those that servers have agreed to tell of. */
  places: readonly Place[]
  tasks: readonly Watched[]
}

export interface ListenStream extends Wanted {
  readonly exchange: Exchange
  /** Nothing is told before. */
  acknowledged: boolean
  /** The lists as the client last heard of them. */
  readonly shown: Record<Changeable, string>
}

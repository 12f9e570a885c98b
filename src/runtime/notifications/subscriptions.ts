// The subscribers of resources or of tasks.
// INVARIANT: a server gets one request per session of its own, however many
// clients share it; a client that is gone is no subscriber.

import type { Changeable } from '../catalog/view.ts'
import { MemoryBudget } from '../http/memory-budget.ts'
import type { ClientSession } from '../http/sessions.ts'
import type { Exchange } from '../request.ts'

/** A client: its legacy session, or its listen stream. */
export type Subscriber = ClientSession | ListenStream

/** Bytes of a subscription beyond its text. */
const FRAME = 512

function nameToken(subscriber: Subscriber): string {
  return 'exchange' in subscriber
    ? subscriber.exchange.principal.token.id
    : subscriber.tokenId
}

export class Subscriptions {
  readonly #memoryBudget: MemoryBudget
  /** What each subscriber holds. */
  readonly #held = new Map<Subscriber, { count: number; bytes: number }>()
  /** Subscribers by topic. */
  readonly #subscribers = new Map<string, Set<Subscriber>>()

  constructor(memoryBudget = new MemoryBudget()) {
    this.#memoryBudget = memoryBudget
  }

  /** Whether a client and its token may have one more. */
  hasRoom(topic: Topic, session: Subscriber): boolean {
    const { count, bytes } = this.#held.get(session) ?? NOTHING
    const size = weigh(topic)
    return (
      count < MAX_EACH &&
      bytes + size <= MAX_BYTES &&
      this.#memoryBudget.hasRoom(nameToken(session), size)
    )
  }

  /** True for the first subscriber: the server must be asked. */
  add(topic: Topic, session: Subscriber): boolean {
    const key = keyOf(topic)
    const known = this.#subscribers.get(key)
    if (!known?.has(session)) this.#hold(session, topic, 1)
    this.#subscribers.set(key, (known ?? new Set()).add(session))
    return known === undefined
  }

  /** True for the last subscriber: the server must be told. */
  delete(topic: Topic, session: Subscriber): boolean {
    const key = keyOf(topic)
    const known = this.#subscribers.get(key)
    if (!known?.delete(session)) return false
    this.#hold(session, topic, -1)
    if (known.size > 0) return false
    return this.#subscribers.delete(key)
  }

  list(server: string, key: string, about: string): readonly Subscriber[] {
    return [...(this.#subscribers.get(keyOf({ server, key, about })) ?? [])]
  }

  isWanted(server: string, key: string): boolean {
    return this.listAbout(server, key).length > 0
  }

  /** Topics with subscribers, in one session with a server. */
  listAbout(server: string, key: string): readonly string[] {
    const start = `${JSON.stringify([server, key]).slice(0, -1)},`
    return [...this.#subscribers.keys()]
      .filter((one) => one.startsWith(start))
      .map((one) => (JSON.parse(one) as readonly string[])[2] as string)
  }

  #hold(session: Subscriber, topic: Topic, change: 1 | -1): void {
    const held = this.#held.get(session) ?? { ...NOTHING }
    const bytes = change * weigh(topic)
    this.#memoryBudget.charge(nameToken(session), bytes)
    held.count += change
    held.bytes += bytes
    if (held.count > 0) this.#held.set(session, held)
    else this.#held.delete(session)
  }

  /** Removes all subscriptions of a client. */
  drop(session: Subscriber): void {
    const { bytes } = this.#held.get(session) ?? NOTHING
    this.#memoryBudget.charge(nameToken(session), -bytes)
    this.#held.delete(session)
    for (const [key, sessions] of this.#subscribers) {
      if (sessions.delete(session) && sessions.size === 0) {
        this.#subscribers.delete(key)
      }
    }
  }
}

/** Bounds of one client. */
const MAX_EACH = 1_000
const MAX_BYTES = 1024 * 1024

const NOTHING = Object.freeze({ count: 0, bytes: 0 })

export interface Topic {
  readonly server: string
  /** Key of the session with the server. */
  readonly key: string
  /** The resource's URI, or the task's id. */
  readonly about: string
}

/** Bytes, about, of one. */
export function weigh({ about }: Topic): number {
  return FRAME + Buffer.byteLength(about)
}

function keyOf({ server, key, about }: Topic): string {
  return JSON.stringify([server, key, about])
}

/** A task that a client watches, with the client's id for it. */
export interface Watched {
  readonly topic: Topic
  /** The tool's upstream name. */
  readonly tool: string
  readonly sealed: string
}

export interface Wanted {
  readonly wants: ReadonlySet<Changeable>
  /** After the acknowledgement: those that servers accepted. */
  topics: readonly Topic[]
  tasks: readonly Watched[]
}

export interface ListenStream extends Wanted {
  readonly exchange: Exchange
  /** No notification is sent before this. */
  acknowledged: boolean
  /** Fingerprints of the lists that the client last knew. */
  readonly shown: Record<Changeable, string>
}

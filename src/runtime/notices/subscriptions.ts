// Who wants to hear of which resource, or of which task.
// In: clients, as they subscribe and leave. Out: those to tell.
// INVARIANT: a server is asked once a session of its own, however many clients
// share that session; a client that is gone is told nothing.

import type { ClientSession } from '../edge/sessions.ts'
import type { Listening } from './listening.ts'

/** A client: by its session, or by a request that listens. */
export type Subscriber = ClientSession | Listening

export class Subscriptions {
  /** By server, its session and what it is about. */
  readonly #heard = new Map<string, Set<Subscriber>>()

  /** True for the first, on whose behalf the server must be asked. */
  add(place: Place, session: Subscriber): boolean {
    const key = spell(place)
    const known = this.#heard.get(key)
    this.#heard.set(key, (known ?? new Set()).add(session))
    return known === undefined
  }

  /** True for the last, who has the server be told. */
  delete(place: Place, session: Subscriber): boolean {
    const key = spell(place)
    const known = this.#heard.get(key)
    if (!known?.delete(session) || known.size > 0) return false
    return this.#heard.delete(key)
  }

  list(server: string, key: string, about: string): readonly Subscriber[] {
    return [...(this.#heard.get(spell({ server, key, about })) ?? [])]
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

  /** Takes a client out everywhere. */
  drop(session: Subscriber): void {
    for (const [key, sessions] of this.#heard) {
      if (sessions.delete(session) && sessions.size === 0) {
        this.#heard.delete(key)
      }
    }
  }
}

export interface Place {
  readonly server: string
  /** Of the session with the server. */
  readonly key: string
  /** The resource's URI, or the task's id. */
  readonly about: string
}

function spell({ server, key, about }: Place): string {
  return JSON.stringify([server, key, about])
}

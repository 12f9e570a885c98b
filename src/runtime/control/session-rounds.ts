// Visits every session once a second, an equal part of them in each tick.
// In: the sessions, the ticks of housekeeping. Out: signs of life, touches.
// INVARIANT: the calls of ten thousand idle clients wait for no visit of all: a
// tick writes to a bounded number of them.

import type { ClientSession, ClientSessions } from '../http/sessions.ts'

/** In ticks. */
export const SECOND = 10

/** Each sign of life is a write. */
const MAX_WRITES = 100

export class SessionRounds {
  #sessions: readonly ClientSession[] = []
  #at = 0

  begin(sessions: readonly ClientSession[]): void {
    this.#sessions = sessions
    this.#at = 0
  }

  tick(all: Pick<ClientSessions, 'touch'>, now: number): void {
    const end = this.#at + Math.ceil(this.#sessions.length / SECOND)
    let writes = 0
    for (const session of this.#sessions.slice(this.#at, end)) {
      if (writes < MAX_WRITES && session.stream?.tick(now)) writes++
      if (session.streams.readers > 0) all.touch(session, now)
    }
    this.#at = end
  }
}

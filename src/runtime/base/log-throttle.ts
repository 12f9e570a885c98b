// Limits log lines that every request could cause.
// INVARIANT: at most one line a minute for each subject; subjects are constants
// of the code.

const AGAIN_MS = 60_000

export class LogThrottle {
  readonly #loggedAt = new Map<string, number>()

  /** Whether a line is due. `now` is monotonic; `about` is a constant. */
  due(about: string, now: number): boolean {
    const last = this.#loggedAt.get(about)
    if (last !== undefined && now - last < AGAIN_MS) return false
    this.#loggedAt.set(about, now)
    return true
  }
}

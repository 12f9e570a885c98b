// What is worth a line of the log, but not at every request.
// In: what it is about, the time. Out: whether it is to be said now.
// INVARIANT: once a minute for each subject, of which there are a few.

const AGAIN_MS = 60_000

export class LogThrottle {
  readonly #said = new Map<string, number>()

  /** `now` is monotonic. `about` is one of our own words. */
  due(about: string, now: number): boolean {
    const said = this.#said.get(about)
    if (said !== undefined && now - said < AGAIN_MS) return false
    this.#said.set(about, now)
    return true
  }
}

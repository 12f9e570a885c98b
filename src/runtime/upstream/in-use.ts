// Whether something is in use, so that its end waits for the last user.
// In: users that begin and end. Out: a promise.
// INVARIANT: a user that waits between two steps is one still.

export class InUse {
  #users = 0
  #isOver: (() => void) | undefined

  begin(): void {
    this.#users++
  }

  end(): void {
    this.#users--
    if (this.#users === 0) this.#isOver?.()
  }

  /** Resolves when nobody uses it. Called once. */
  over(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#users === 0) resolve()
      else this.#isOver = resolve
    })
  }
}

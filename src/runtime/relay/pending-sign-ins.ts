// Calls that wait for their person to sign in to a server.
// INVARIANT: bounded; a call is told of the sign-in of its own person alone, once.

/** Calls that wait: in all, and of one person. */
const MAX = 1_000
const MAX_EACH = 16

type End = (signed: boolean) => void

export class PendingSignIns {
  readonly #waiting = new Map<string, Set<End>>()
  #count = 0

  /** `end` is called once: after the sign-in, or when the gateway shuts down.
   * Returns how to forget it; undefined: too many wait. */
  add(server: string, subject: string, end: End): (() => void) | undefined {
    const key = nameKey(server, subject)
    const own = this.#waiting.get(key) ?? new Set()
    if (this.#count >= MAX || own.size >= MAX_EACH) return undefined
    const one: End = (signed) => end(signed)
    own.add(one)
    this.#count++
    this.#waiting.set(key, own)
    return () => {
      if (!own.delete(one)) return
      this.#count--
      if (own.size === 0 && this.#waiting.get(key) === own) {
        this.#waiting.delete(key)
      }
    }
  }

  /** A person has signed in to a server. */
  signedIn(server: string, subject: string): void {
    this.#end(nameKey(server, subject), true)
  }

  /** Ends all calls that wait, when the gateway shuts down. */
  clear(): void {
    for (const key of [...this.#waiting.keys()]) this.#end(key, false)
  }

  #end(key: string, signed: boolean): void {
    const own = this.#waiting.get(key)
    if (!own) return
    this.#waiting.delete(key)
    this.#count -= own.size
    const all = [...own]
    own.clear()
    for (const end of all) end(signed)
  }
}

function nameKey(server: string, subject: string): string {
  return JSON.stringify([server, subject])
}

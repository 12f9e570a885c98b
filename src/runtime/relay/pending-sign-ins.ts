// Calls that wait for their person to sign in to a server.
// INVARIANT: bounded; a call is told of the sign-in of its own person alone, once.

/** Calls that wait: in all, of one person, and of one person for a server. */
const MAX = 1_000
const MAX_PERSON = 64
const MAX_EACH = 16

type End = (signed: boolean) => void

export class PendingSignIns {
  readonly #waiting = new Map<string, Set<End>>()
  #count = 0
  /** By subject. */
  readonly #counts = new Map<string, number>()

  /** `end` is called once: after the sign-in, or when the gateway shuts down.
   * Returns how to forget it; undefined: too many wait. */
  add(server: string, subject: string, end: End): (() => void) | undefined {
    const key = nameKey(server, subject)
    const own = this.#waiting.get(key) ?? new Set()
    const count = this.#counts.get(subject) ?? 0
    if (this.#count >= MAX || count >= MAX_PERSON) return undefined
    if (own.size >= MAX_EACH) return undefined
    const one: End = (signed) => end(signed)
    own.add(one)
    this.#addCount(subject, 1)
    this.#waiting.set(key, own)
    return () => {
      if (!own.delete(one)) return
      this.#addCount(subject, -1)
      if (own.size === 0 && this.#waiting.get(key) === own) {
        this.#waiting.delete(key)
      }
    }
  }

  isWaiting(server: string, subject: string): boolean {
    return this.#waiting.has(nameKey(server, subject))
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
    this.#addCount(readSubject(key), -own.size)
    const all = [...own]
    own.clear()
    for (const end of all) end(signed)
  }

  #addCount(subject: string, more: number): void {
    this.#count += more
    const count = (this.#counts.get(subject) ?? 0) + more
    if (count > 0) this.#counts.set(subject, count)
    else this.#counts.delete(subject)
  }
}

function nameKey(server: string, subject: string): string {
  return JSON.stringify([server, subject])
}

function readSubject(key: string): string {
  const [, subject] = JSON.parse(key) as [string, string]
  return subject
}

// What the authorization server of the trial gave and refused, and why.
// In: its answers to token requests, and what became of them. Out: who must be
// asked again, and for what reason.
// INVARIANT: a gateway that has used a new token had it on disk: after that,
// using the old one is its fault, also of one that was killed since.

import { decodeJwt } from 'jose'

/** Why the authorization server says `invalid_grant`. */
export type Cause =
  /** It gave a new token in an answer that never arrived. */
  | 'answer lost'
  /** It gave a new token to a gateway that had been killed since. */
  | 'killed while it asked'
  /** It gave a new token just before the gateway was killed. */
  | 'killed before it was written'
  /** It has forgotten the client that the token was for. */
  | 'client forgotten'
  /** The gateway had the new token, and used the old one. */
  | 'used twice'
  | 'unexplained'

/** From an answer to a kill, of a token that was not used: a disk is no slower. */
const WINDOW_MS = 30_000

const MOST_STEPS = 12

interface Given {
  /** Person and resource. */
  readonly key: string
  /** Of the sign-in that it goes back to. */
  readonly family: number
  readonly client: string
  next?: Next
}

/** What it was exchanged for. */
interface Next {
  readonly at: number
  /** How many gateways there had been before. */
  readonly life: number
  arrived: boolean
  used: boolean
}

export class Books {
  refreshes = 0
  /** How often a grant has ended, by the reason. */
  readonly causes = new Map<Cause, number>()
  /** Those that the gateway could have kept. */
  readonly faults: string[] = []
  readonly #given = new Map<string, Given>()
  readonly #unused = new Map<string, Next>()
  readonly #latest = new Map<string, number>()
  readonly #ended = new Set<string>()
  /** By key, what happened last. */
  readonly #steps = new Map<string, string[]>()
  readonly #began = Date.now()
  readonly #forgotten = new Set<string>()
  /** When each gateway was killed. */
  readonly #kills: number[] = []
  #life = 0
  #families = 0

  /** What it had asked for until the next one starts is of this life. */
  killed(): void {
    this.#kills.push(Date.now())
  }

  started(): void {
    this.#life = this.#kills.length
  }

  forgot(client: string): void {
    this.#forgotten.add(client)
  }

  /** Whether the authorization server has ended the grant, and nobody has signed
   * in since. */
  hasEnded(key: string): boolean {
    return this.#ended.has(key)
  }

  /** A server has got this access token. */
  used(token: string): void {
    const next = this.#unused.get(token)
    if (next) next.used = true
    this.#unused.delete(token)
  }

  signedIn(key: string): void {
    this.#ended.delete(key)
  }

  get ended(): number {
    return [...this.causes.values()].reduce((sum, one) => sum + one, 0)
  }

  /** An answer to a token request. Returns how to tell what became of it. */
  answered(
    asked: URLSearchParams,
    client: string,
    status: number,
    body: string,
  ): () => void {
    const said = readJson(body)
    const token = asked.get('refresh_token') ?? ''
    const before = this.#given.get(token)
    const short = token.slice(0, 6)
    if (before) this.#note(before.key, `${short} asked: HTTP ${status}`)
    if (said.error === 'invalid_grant' && before) this.#refused(before)
    if (status !== 200 || typeof said.access_token !== 'string') return () => {}
    const { sub, aud } = decodeJwt(said.access_token)
    const key = `${sub} ${aud}`
    const family = before?.family ?? ++this.#families
    if (!before) this.#latest.set(key, family)
    const given = String(said.refresh_token)
    this.#note(key, `${given.slice(0, 6)} given, sign-in ${family}`)
    this.#given.set(given, { key, family, client })
    if (!before) return () => {}
    this.refreshes++
    const next: Next = {
      at: Date.now(),
      life: this.#life,
      arrived: false,
      used: false,
    }
    before.next = next
    this.#unused.set(said.access_token, next)
    return () => {
      next.arrived = true
      this.#note(key, `${given.slice(0, 6)} arrived`)
    }
  }

  /** It was asked, and restarted before it had answered. */
  cut(asked: URLSearchParams): void {
    const before = this.#given.get(asked.get('refresh_token') ?? '')
    if (!before || before.next) return
    const life = this.#life
    before.next = { at: Date.now(), life, arrived: false, used: false }
  }

  #refused(given: Given): void {
    const { key, family } = given
    if (this.#latest.get(key) !== family || this.#ended.has(key)) return
    this.#ended.add(key)
    const cause = this.#findCause(given)
    this.causes.set(cause, (this.causes.get(cause) ?? 0) + 1)
    if (cause === 'used twice' || cause === 'unexplained') {
      const kills = this.#kills.map((at) => at - this.#began).join(' ')
      const steps = this.#steps.get(key)?.join('; ')
      this.faults.push(`${key}: ${cause}: kills at ${kills}; ${steps}`)
    }
  }

  #note(key: string, step: string): void {
    const steps = this.#steps.get(key) ?? []
    this.#steps.set(key, steps)
    steps.push(`${Date.now() - this.#began} ${step}`)
    if (steps.length > MOST_STEPS) steps.shift()
  }

  #findCause({ next, client }: Given): Cause {
    if (!next) {
      return this.#forgotten.has(client) ? 'client forgotten' : 'unexplained'
    }
    if (!next.arrived) return 'answer lost'
    const kill = this.#kills[next.life]
    const isKilled = kill !== undefined && kill - next.at < WINDOW_MS
    if (!isKilled || next.used) return 'used twice'
    return kill < next.at
      ? 'killed while it asked'
      : 'killed before it was written'
  }
}

function readJson(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

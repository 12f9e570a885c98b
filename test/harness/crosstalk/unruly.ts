// A server that answers out of order, twice, and to what nobody asked.
// In: requests of one session, a way to write. Out: messages.
// INVARIANT: whatever is for nobody says `stray`; whatever is for somebody
// says the nonce of the call that it is for.

import type { Dice } from './dice.ts'

export interface Asked {
  readonly id: unknown
  readonly method: string
  readonly params?: {
    readonly protocolVersion?: string
    readonly arguments?: { readonly nonce: string; readonly steps: number }
    readonly _meta?: { readonly progressToken?: unknown }
  }
}

/** Where a call's messages go: its stream, or the one pipe. */
export interface Channel {
  write(message: object): void
  end(): void
}

interface Open {
  readonly id: unknown
  readonly token: unknown
  readonly nonce: string
  readonly channel: Channel
}

const LONGEST_MS = 6
const TAIL_MS = 15
const REMEMBERED = 50

export class Unruly {
  readonly #dice: Dice
  /** Tells its clients which session they are in. */
  readonly #place: string
  /** Whether every message goes the same way, in order. */
  readonly #isPipe: boolean
  /** Without sessions the same ids may be of several clients, so that only a
   * call's own stream says whose they are. */
  readonly #isStateless: boolean
  readonly #open = new Set<Open>()
  readonly #done: Open[] = []
  /** Those that have an answer ahead of its turn. */
  readonly #early = new WeakSet<Open>()

  constructor(dice: Dice, place: string, wire: 'pipe' | 'session' | 'none') {
    this.#dice = dice
    this.#place = place
    this.#isPipe = wire === 'pipe'
    this.#isStateless = wire === 'none'
  }

  call({ id, params = {} }: Asked, channel: Channel): void {
    const { nonce = '', steps = 0 } = params.arguments ?? {}
    const token = params._meta?.progressToken
    const one = { id, token, nonce, channel }
    this.#open.add(one)
    setTimeout(() => this.#work(one, steps), this.#dice.below(LONGEST_MS))
  }

  #work(one: Open, steps: number): void {
    const { channel, id, nonce } = one
    for (let step = 0; step < steps; step++) {
      this.#stray(one)
      channel.write(progress(one.token, nonce, step))
      const logs = this.#dice.chance(0.1)
      // Down a pipe it would be taken for the only other call's.
      const isOver = this.#isPipe && this.#early.has(one)
      if (logs && !isOver) channel.write(log(nonce))
    }
    this.#meddle(one)
    const place = this.#place
    channel.write({ id, result: { content: [], nonce, place } })
    this.#open.delete(one)
    this.#done.unshift(one)
    this.#done.length = Math.min(this.#done.length, REMEMBERED)
    if (this.#dice.chance(0.3)) this.#sayAgain(one)
    this.#stray(one)
    if (this.#isPipe || this.#dice.chance(0.7)) return channel.end()
    setTimeout(() => {
      this.#stray(one)
      this.#sayAgain(one)
      channel.end()
    }, TAIL_MS)
  }

  /** Says what other calls wait for, where this one's messages go. */
  #meddle({ channel }: Open): void {
    const [other] = this.#open
    if (!other || this.#isStateless || !this.#dice.chance(0.3)) return
    channel.write(progress(other.token, other.nonce, -1))
    if (!this.#dice.chance(0.3)) return
    const { id, nonce } = other
    const early = { content: [], nonce, place: this.#place, early: true }
    channel.write({ id, result: early })
    this.#early.add(other)
  }

  /** To a call that has its answer. */
  #sayAgain({ id, token, channel }: Open): void {
    channel.write({ id, result: stray })
    channel.write(progress(token, 'stray', 9))
    channel.write({ id, error: { code: -32000, message: 'stray' } })
  }

  #stray({ channel, id: own }: Pick<Open, 'channel' | 'id'>): void {
    if (!this.#dice.chance(0.4)) return
    const nobody = 1_000_000 + this.#dice.below(1_000_000)
    const odd = UNKNOWN[this.#dice.below(UNKNOWN.length)] ?? nobody
    // On the wire of call 1 the text "1" is its id (W14 of test/wild).
    const id = odd === String(own) ? nobody : odd
    channel.write({ id, result: stray })
    channel.write(progress(id, 'stray', 1))
    channel.write(progress(nobody, 'stray', 1))
    // Of a call that is over: its client may be in the next one, with the
    // same token.
    const past = this.#done[this.#dice.below(this.#done.length)]
    if (!past || !this.#isPipe) return
    channel.write(progress(past.token, 'stray', 1))
    channel.write({ id: past.id, result: stray })
  }
}

const stray = { content: [], nonce: 'stray' }

/** Undefined: a number that no call has had. */
const UNKNOWN = [undefined, '1', '', -1, 0.5, null, 'portcullis-1', true]

const progress = (
  progressToken: unknown,
  message: string,
  progress: number,
) => ({
  method: 'notifications/progress',
  params: { progressToken, progress, message },
})

const log = (data: string) => ({
  method: 'notifications/message',
  params: { level: 'info', data },
})

const TOOLS = { tools: [{ name: 'call', inputSchema: { type: 'object' } }] }

/** What any server answers at once; undefined for a call. */
export function answerPlainly(
  { id, method, params }: Asked,
  modern: boolean,
): object | undefined {
  if (method === 'tools/call') return undefined
  const capabilities = { tools: {}, logging: {} }
  const typed = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
  const known: Record<string, object> = {
    'tools/list': { ...(modern && typed), ...TOOLS },
    'logging/setLevel': {},
    ...(modern
      ? {
          'server/discover': {
            ...typed,
            supportedVersions: ['2026-07-28'],
            capabilities,
          },
        }
      : {
          initialize: {
            protocolVersion: params?.protocolVersion,
            capabilities,
            serverInfo: { name: 'unruly', version: '1' },
          },
        }),
  }
  const result = known[method]
  const error = { code: -32601, message: 'Method not found' }
  return result ? { id, result } : { id, error }
}

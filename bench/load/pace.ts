// Calls at a fixed rate, whether the ones before are answered or not.
// In: a target, a rate, a time. Out: how long each call took.
// INVARIANT: a call that finds no free connection gets a new one, so a slow
// answer delays no other call; every answer is checked.

import type { Case } from '../cases.ts'
import { isAnswer, makeCalls } from './calls.ts'
import { Line } from './line.ts'
import type { Target } from './target.ts'

export interface PacedLoad {
  readonly name: string
  readonly case: Case
  readonly perSecond: number
  readonly seconds: number
}

/** In milliseconds, but for the counts. */
export interface Paced {
  readonly calls: number
  readonly failed: number
  /** Of the first failure. */
  readonly fault?: string
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** How late the generator itself was, p99. */
  readonly late: number
  readonly connections: number
}

/** How long the last answers may take. */
const PATIENCE_MS = 10_000

export function pace(target: Target, load: PacedLoad): Promise<Paced> {
  return new Promise((resolve) => new Pace(target, load, resolve).start())
}

class Pace {
  readonly #port: number
  readonly #make: ReturnType<typeof makeCalls>
  readonly #every: number
  readonly #total: number
  readonly #done: (paced: Paced) => void
  readonly #free: { readonly line: Line; readonly at: number }[] = []
  readonly #all: Line[] = []
  readonly #took: number[] = []
  readonly #late: number[] = []
  #sent = 0
  #failed = 0
  #fault: string | undefined
  #began = 0
  #patience: NodeJS.Timeout | undefined

  constructor(
    target: Target,
    { case: asked, perSecond, seconds }: PacedLoad,
    done: (paced: Paced) => void,
  ) {
    this.#port = target.port
    this.#make = makeCalls(target, asked)
    this.#every = 1_000 / perSecond
    this.#total = perSecond * seconds
    this.#done = done
  }

  start(): void {
    this.#began = performance.now()
    this.#sendDue()
  }

  readonly #sendDue = (): void => {
    const now = performance.now() - this.#began
    while (this.#sent < this.#total && this.#sent * this.#every <= now) {
      this.#late.push(
        performance.now() - this.#began - this.#sent * this.#every,
      )
      this.#sent++
      void this.#call()
    }
    if (this.#sent < this.#total) {
      const due = this.#sent * this.#every
      setTimeout(this.#sendDue, Math.max(0, due - now))
    } else {
      this.#patience = setTimeout(() => this.#end(), PATIENCE_MS)
      this.#endWhenAnswered()
    }
  }

  async #call(): Promise<void> {
    try {
      const free = this.#free.pop() ?? (await this.#connect())
      const call = this.#make(free.at)
      const began = performance.now()
      const fail = (why: string) => {
        free.line.close()
        this.#fail(why)
      }
      free.line.listen(
        (message) => {
          if (!isAnswer(call, message)) {
            return fail(`${message.head}\n${message.text()}`)
          }
          this.#took.push(performance.now() - began)
          this.#free.push(free)
          this.#endWhenAnswered()
        },
        ({ message }) => fail(message),
      )
      free.line.send(call.request)
    } catch (error) {
      this.#fail(String(error))
    }
  }

  async #connect() {
    const line = new Line(this.#port)
    const at = this.#all.push(line) - 1
    await line.opened()
    return { line, at }
  }

  #fail(why: string): void {
    this.#failed++
    this.#fault ??= why
    this.#endWhenAnswered()
  }

  #endWhenAnswered(): void {
    if (this.#took.length + this.#failed === this.#total) this.#end()
  }

  #end(): void {
    clearTimeout(this.#patience)
    for (const line of this.#all) line.close()
    const took = Float64Array.from(this.#took).sort()
    const late = Float64Array.from(this.#late).sort()
    const of = (from: Float64Array, share: number) =>
      from[Math.min(from.length - 1, Math.floor(from.length * share))] ?? 0
    const unanswered = this.#total - this.#took.length - this.#failed
    const fault = this.#fault ?? (unanswered > 0 ? 'no answer' : undefined)
    this.#done({
      calls: this.#total,
      failed: this.#failed + unanswered,
      ...(fault !== undefined && { fault }),
      p50: of(took, 0.5),
      p99: of(took, 0.99),
      max: of(took, 1),
      late: of(late, 0.99),
      connections: this.#all.length,
    })
  }
}

// Which eras a server speaks, as far as that is known.
// In: what it answers in each. Out: a greeting in the era that suits best.
// INVARIANT: a message that a program might not survive is never sent to a
// program that a client uses.

import type { Era } from '../message/methods.ts'
import type { Declared } from './encoding.ts'
import type { Failure } from './failure.ts'
import { type Ask, discover, type Handshake, initialize } from './handshake.ts'

const SILENT_MS = 5_000

export class Eras {
  /** Undefined: not known. */
  #modern: Handshake | false | undefined
  #legacy: boolean | undefined
  #probed: Promise<boolean> | undefined
  readonly #probe: ((patience: number) => Promise<boolean>) | undefined
  /** Milliseconds that silence is no answer. */
  #patience: number

  /** `probe` asks a sibling whether it is modern, where asking is a risk. */
  constructor(
    probe?: (patience: number) => Promise<boolean>,
    patience = SILENT_MS,
  ) {
    this.#probe = probe
    this.#patience = patience
  }

  get isLegacy(): boolean {
    return this.#modern === false
  }

  /** What was found may be so no longer: the server is being connected to
   * anew. A sibling's word holds: the program is the same. */
  forget(): void {
    this.#modern = this.#probe ? this.#modern : undefined
    this.#legacy = undefined
  }

  /** Rejects with a Failure. */
  async negotiate(
    ask: Ask,
    declared: Declared,
    prefers: Era,
  ): Promise<Handshake> {
    if (prefers === 'modern') {
      return (await this.#askModern(ask)) ?? this.#fallBack(ask, declared)
    }
    const legacy = await this.#askLegacy(ask, declared)
    const handshake = legacy ?? (await this.#askModern(ask))
    if (handshake) return handshake
    const detail = 'it speaks no version of the protocol that we do'
    throw { kind: 'garbage', detail } satisfies Failure
  }

  /** A server that is of neither era now may have been out of order. */
  async #fallBack(ask: Ask, declared: Declared): Promise<Handshake> {
    try {
      return await initialize(ask, declared)
    } catch (failure) {
      if (!this.#probe) this.#modern = undefined
      throw failure
    }
  }

  async #askModern(ask: Ask): Promise<Handshake | undefined> {
    if (this.#modern !== undefined) return this.#modern || undefined
    if (this.#probe && this.#legacy !== false) {
      this.#probed ??= this.#probe(this.#patience)
      if (!(await this.#probed)) {
        this.#modern = false
        return undefined
      }
    }
    const handshake = await discover(ask, this.#patience)
    this.#modern = handshake ?? false
    return handshake
  }

  /** Undefined where it answers that it does not speak it. */
  async #askLegacy(
    ask: Ask,
    declared: Declared,
  ): Promise<Handshake | undefined> {
    if (this.#legacy === false) return undefined
    const began = performance.now()
    try {
      const handshake = await initialize(ask, declared)
      this.#legacy = true
      // A sibling takes as long as this one to get up.
      const took = performance.now() - began
      this.#patience = Math.min(SILENT_MS, 500 + 3 * took)
      return handshake
    } catch (thrown) {
      const { kind, status = 0 } = thrown as Failure
      const evades = kind === 'garbage' || kind === 'session'
      // What speaks no newer era speaks this one, or none.
      if (!evades || this.#modern === false) throw thrown
      if (status < 500) this.#legacy = false
      return undefined
    }
  }
}

// Finds out which eras a server supports.
// INVARIANT: a message that a program might not survive goes to a probe
// process, never to a process that serves a client.

import type { Era } from '../message/methods.ts'
import type { Declared } from './encoding.ts'
import type { Failure } from './failure.ts'
import { type Ask, discover, type Handshake, initialize } from './handshake.ts'

const SILENT_MS = 5_000

export class Eras {
  /** Undefined while it is not known. */
  #modern: Handshake | false | undefined
  #legacy: boolean | undefined
  #probed: Promise<boolean> | undefined
  readonly #probe: ((waitMs: number) => Promise<boolean>) | undefined
  /** Milliseconds to wait for an answer of an unknown era. */
  #waitMs: number

  /** `probe` asks a separate process whether it is modern, where asking is a
   * risk. */
  constructor(
    probe?: (waitMs: number) => Promise<boolean>,
    waitMs = SILENT_MS,
  ) {
    this.#probe = probe
    this.#waitMs = waitMs
  }

  get isLegacy(): boolean {
    return this.#modern === false
  }

  /** Forgets what a new connection may change. The result of a probe is kept:
   * the program is the same. */
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
    const detail = 'it supports no protocol version of the gateway'
    throw { kind: 'garbage', detail } satisfies Failure
  }

  /** After a failure in both eras, nothing is known: the server may be broken. */
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
      this.#probed ??= this.#probe(this.#waitMs)
      if (!(await this.#probed)) {
        this.#modern = false
        return undefined
      }
    }
    const handshake = await discover(ask, this.#waitMs)
    this.#modern = handshake ?? false
    return handshake
  }

  /** Undefined if the server answers that it is not legacy. */
  async #askLegacy(
    ask: Ask,
    declared: Declared,
  ): Promise<Handshake | undefined> {
    if (this.#legacy === false) return undefined
    const began = performance.now()
    try {
      const handshake = await initialize(ask, declared)
      this.#legacy = true
      // A probe process takes as long to start as this one.
      const took = performance.now() - began
      this.#waitMs = Math.min(SILENT_MS, 500 + 3 * took)
      return handshake
    } catch (thrown) {
      const { kind, status = 0 } = thrown as Failure
      const evades = kind === 'garbage' || kind === 'session'
      // A server that is not modern must be legacy, so its failure counts.
      if (!evades || this.#modern === false) throw thrown
      if (status < 500) this.#legacy = false
      return undefined
    }
  }
}

// The audit file: one JSON object a line, appended in order.
// In: records as JSON fragments. Out: lines in the kernel's hands.
// INVARIANT: `done` is called only after the write returned, so no answer
// leaves before its record is written; one write per event-loop turn.

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../clock.ts'
import { Histogram, WRITES } from '../metrics/histogram.ts'

/** Told whether the record was written. */
export type Done = (failure: Error | null) => void

export class AuditLog {
  readonly file: string
  /** From a record to its return from the kernel, a turn's oldest each. */
  readonly lag = new Histogram(WRITES)
  lagMs = 0
  failures = 0
  /** Wall-clock milliseconds, and what the kernel said. */
  lastFailure: { readonly at: number; readonly reason: string } | null = null
  readonly #clock: Clock
  readonly #descriptor: number
  readonly #fault: (error: unknown) => void
  #sequence = 0
  #lines: string[] = []
  #waiting: Done[] = []
  #begun = 0
  #stampedAt = -1
  #stamp = ''

  /** Opens the file for appending (0600), its folder included. `fault` is
   * told what a waiter throws. */
  constructor(file: string, clock: Clock, fault: (error: unknown) => void) {
    this.file = file
    this.#clock = clock
    this.#fault = fault
    mkdirSync(dirname(file), { recursive: true })
    this.#descriptor = openSync(file, 'a', 0o600)
  }

  /** Records written so far. */
  get records(): number {
    return this.#sequence
  }

  /** Appends one record; `fields` is the inside of a JSON object that begins
   * with `"event":`. */
  append(fields: string, done?: Done): void {
    if (this.#lines.length === 0) {
      this.#begun = this.#clock.monotonic()
      setImmediate(() => this.flush())
    }
    this.#lines.push(fields)
    if (done) this.#waiting.push(done)
  }

  /** Writes what this turn gathered, then releases who waits for it. */
  flush(): void {
    if (this.#lines.length === 0) return
    const waiting = this.#waiting
    let text = ''
    const ts = this.#timestamp()
    let sequence = this.#sequence
    for (const fields of this.#lines) {
      text += `{"ts":"${ts}","seq":${++sequence},${fields}}\n`
    }
    this.#lines = []
    this.#waiting = []
    const failure = this.#write(Buffer.from(text))
    if (failure) this.#note(failure)
    else this.#sequence = sequence
    this.lagMs = this.#clock.monotonic() - this.#begun
    this.lag.observe(this.lagMs / 1_000)
    for (const done of waiting) {
      // One waiter's fault must not silence the others.
      try {
        done(failure)
      } catch (error) {
        this.#fault(error)
      }
    }
  }

  close(): void {
    this.flush()
    closeSync(this.#descriptor)
  }

  #note({ message }: Error): void {
    this.failures++
    this.lastFailure = { at: this.#clock.now(), reason: message }
  }

  /** A write that fails half-way is taken back, so that no line is cut. */
  #write(bytes: Buffer): Error | null {
    let written = 0
    try {
      while (written < bytes.length) {
        written += writeSync(this.#descriptor, bytes, written)
      }
      return null
    } catch (error) {
      if (written > 0) {
        const { size } = fstatSync(this.#descriptor)
        ftruncateSync(this.#descriptor, size - written)
      }
      return error as Error
    }
  }

  /** Records of one millisecond share one rendering of it. */
  #timestamp(): string {
    const now = this.#clock.now()
    if (now !== this.#stampedAt) {
      this.#stampedAt = now
      this.#stamp = new Date(now).toISOString()
    }
    return this.#stamp
  }
}

// The audit: records in order, each in its file before anyone acts on it.
// In: records as JSON fragments. Out: their waiters are told.
// INVARIANT: `done` is called after the write returned, with `fsync` after the
// disk has it: no answer leaves before its record. One write a turn.

import { dirname } from 'node:path'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Clock } from '../base/clock.ts'
import { Histogram, WRITES } from '../base/histogram.ts'
import { GroupCommit } from './commit.ts'
import { renderNotice } from './notices.ts'
import type { Ownership } from './owner.ts'
import { type FreeShare, freeShare, Space } from './retention.ts'
import type { Signer } from './signature.ts'
import { Trail } from './trail.ts'

/** Told whether the record was written. */
export type Done = (failure: Error | null) => void

export interface AuditOptions {
  readonly file: string
  readonly clock: Clock
  readonly settings: AuditSettings
  /** Signs checkpoints. */
  readonly signer: Signer
  /** Absent: anybody may write to it. */
  readonly owner?: Ownership | undefined
  readonly freeShare?: FreeShare
  /** Told what a waiter throws, and what fails beside the records. */
  readonly fault: (error: unknown, what: string) => void
}

const OVER =
  'over `audit.keep.size`; what is younger than a day is not deleted for it'

export class AuditLog {
  readonly file: string
  /** From a record to its return from the kernel, a turn's oldest each. */
  readonly lag = new Histogram(WRITES)
  lagMs = 0
  failures = 0
  /** Wall-clock milliseconds, and what the kernel said. */
  lastFailure: { readonly at: number; readonly reason: string } | null = null
  /** The running table's. */
  settings: AuditSettings
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #commit: GroupCommit
  readonly #fault: AuditOptions['fault']
  readonly #owner: Ownership | undefined
  readonly #space: Space
  readonly #before: number
  #over = false
  #lines: string[] = []
  #begun = 0
  #waiting: Done[] = []
  /** Why nothing may be written any more. */
  #gone: Error | undefined
  #failure: Error | null = null

  constructor({ settings, ...options }: AuditOptions) {
    const { file, fault, owner } = options
    this.file = file
    this.settings = settings
    this.#clock = options.clock
    this.#fault = fault
    this.#owner = owner
    this.#space = new Space(dirname(file), options.freeShare ?? freeShare)
    this.#commit = new GroupCommit((waiting, failure) => {
      this.#failure ??= failure
      this.#release(waiting, failure)
    })
    this.#trail = new Trail({
      ...options,
      settings: () => this.settings,
      retire: (descriptor) => this.#commit.retire(descriptor),
    })
    this.#before = this.#trail.seq
    const { broken } = this.#trail
    if (broken === undefined) return
    const what = `the audit trail is not intact: ${broken}`
    fault(new Error(what), what)
    this.append(renderNotice('broken', null, { reason: broken }))
  }

  /** Records written so far, by this process. */
  get records(): number {
    return this.#trail.seq - this.#before
  }

  /** Place of the last record in its chain. */
  get seq(): number {
    return this.#trail.seq
  }

  /** The line of the last checkpoint, while there is one. */
  get checkpoint(): string | null {
    return this.#trail.checkpoint ?? null
  }

  /** What an operator must know; null: nothing. */
  get problem(): string | null {
    if (this.#failure) return `cannot be written: ${this.#failure.message}`
    return this.#space.problem ?? (this.#over ? OVER : null)
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
    const failure = this.#write()
    if (failure || !this.settings.fsync) this.#release(waiting, failure)
    else this.#commit.hold(waiting, () => this.#trail.descriptor)
  }

  /** As `flush`, and waits for the disk where others would. */
  syncNow(): void {
    this.flush()
    this.#commit.syncNow(this.#trail.descriptor)
  }

  /** A checkpoint over what was written since the last one. */
  seal(): void {
    this.flush()
    if (!this.#gone) this.#trail.seal()
  }

  /** Once a second, or so. */
  beat(): void {
    try {
      if (this.#gone || !this.#owner || this.#owner.beat()) return
      this.#gone = new Error(`another gateway took ${this.file}`)
      throw this.#gone
    } catch (error) {
      this.#fault(error, 'another gateway may have taken over the audit file')
    }
  }

  /** Once a minute: what is sealed, kept, and left of the disk. */
  keepUp(): void {
    if (this.#gone) return
    try {
      if (this.#space.look()) {
        this.#tell(
          this.#space.problem ?? 'the audit disk has enough free space again',
        )
      }
    } catch (error) {
      this.#fault(error, 'the free space of the audit disk cannot be read')
    }
    this.seal()
    this.#trail.retain()
    const isOver = this.#trail.excess > 0
    if (isOver === this.#over) return
    this.#over = isOver
    this.#tell(isOver ? OVER : 'it is within `audit.keep.size` again')
  }

  /** The last record of a process that is about to end for a bug: nobody is
   * answered any more. */
  crash(fields: string): void {
    this.#lines.push(fields)
    this.#write()
    this.seal()
  }

  close(): void {
    this.syncNow()
    this.seal()
    this.#trail.close()
    // Its descriptor may be another file's in a moment.
    this.#gone = new Error('the audit is closed')
    this.#owner?.release()
  }

  #tell(problem: string): void {
    this.#fault(new Error(problem), `the audit: ${problem}`)
    this.append(renderNotice('disk', null, { problem }))
  }

  #write(): Error | null {
    const lines = this.#lines
    this.#lines = []
    this.#waiting = []
    this.#failure = this.#gone ?? this.#trail.write(lines)
    const now = this.#clock.monotonic()
    this.lagMs = now - this.#begun
    this.lag.observe(this.lagMs / 1_000)
    if (this.#failure) this.#note(this.#failure)
    return this.#failure
  }

  #note({ message }: Error): void {
    this.failures++
    this.lastFailure = { at: this.#clock.now(), reason: message }
  }

  #release(waiting: readonly Done[], failure: Error | null): void {
    for (const done of waiting) {
      // One waiter's fault must not silence the others.
      try {
        done(failure)
      } catch (error) {
        this.#fault(error, 'a bug: an exchange was dropped')
      }
    }
  }
}

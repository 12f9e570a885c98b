// The audit log: records in order, each written before its callback runs.
// INVARIANT: a callback runs after the write returned; with `fsync`, after the
// disk has the record. One write per turn of the event loop.

import { dirname } from 'node:path'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Clock } from '../base/clock.ts'
import { Histogram, WRITES } from '../base/histogram.ts'
import { Batch, type Line } from './batch.ts'
import { GroupCommit } from './commit.ts'
import { renderNoticeRecord } from './notice-record.ts'
import type { Ownership } from './owner.ts'
import { type FreeShare, freeShare, Space } from './retention.ts'
import type { Signer } from './signature.ts'
import { Trail } from './trail.ts'

/** Called when the record is written, or could not be. */
type Done = (failure: Error | null) => void

/** What waits for a record. */
export interface Waiting {
  recorded: Done
}

export interface AuditOptions {
  readonly file: string
  readonly clock: Clock
  readonly settings: AuditSettings
  /** Signs checkpoints. */
  readonly signer: Signer
  /** Absent for a pipe or a terminal: others may write to it. */
  readonly owner?: Ownership | undefined
  readonly freeShare?: FreeShare
  /** Called for exceptions of callbacks and for failures beyond writing. */
  readonly fault: (error: unknown, what: string) => void
}

const OVER = 'over `audit.keep.size`; files younger than a day are kept anyway'

export class AuditLog {
  readonly file: string
  /** From the first record of a turn to the return of its write. */
  readonly lag = new Histogram(WRITES)
  lagMs = 0
  failures = 0
  /** Wall-clock milliseconds, and the error text. */
  lastFailure: { readonly at: number; readonly reason: string } | null = null
  /** Settings of the running table. */
  settings: AuditSettings
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #commit: GroupCommit
  readonly #fault: AuditOptions['fault']
  readonly #owner: Ownership | undefined
  readonly #space: Space
  readonly #before: number
  #over = false
  /** The records of this turn. */
  #batch = new Batch()
  #spare = new Batch()
  #begun = 0
  #waiting: Waiting[] = []
  readonly #flush = () => this.flush()
  /** Why nothing may be written, if so. */
  #stopped: Error | undefined
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
    this.append(renderNoticeRecord('broken', null, { reason: broken }))
  }

  /** Number of records that this process has written. */
  get records(): number {
    return this.#trail.seq - this.#before
  }

  /** `seq` of the last record. */
  get seq(): number {
    return this.#trail.seq
  }

  /** The line of the last checkpoint, if there is one. */
  get checkpoint(): string | null {
    return this.#trail.checkpoint ?? null
  }

  /** The problem of the audit, for operators; null: none. */
  get problem(): string | null {
    if (this.#failure) return `cannot be written: ${this.#failure.message}`
    return this.#space.problem ?? (this.#over ? OVER : null)
  }

  /** Appends one record, whose fields begin with `"event":`. */
  append(fields: string, done?: Done): void {
    this.begin().addText(fields)
    this.end(done && { recorded: done })
  }

  /** Begins a record, which `end` appends. Nothing else may be appended between
   * them; a record that does not end is dropped. */
  begin(): Line {
    const batch = this.#batch
    return batch.begin(this.#trail.seq + 1 + batch.count)
  }

  end(waiting?: Waiting): void {
    const batch = this.#batch
    if (batch.count === 0) {
      this.#begun = this.#clock.monotonic()
      setImmediate(this.#flush)
    }
    batch.end()
    if (waiting) this.#waiting.push(waiting)
  }

  /** Writes the records of this turn, then runs their callbacks. */
  flush(): void {
    if (this.#batch.count === 0) return
    const waiting = this.#waiting
    const failure = this.#write()
    if (failure || !this.settings.fsync) this.#release(waiting, failure)
    else this.#commit.hold(waiting, () => this.#trail.descriptor)
  }

  /** As `flush`, but waits for the disk if callbacks do. */
  syncNow(): void {
    this.flush()
    this.#commit.syncNow(this.#trail.descriptor)
  }

  /** Writes a checkpoint, if there are records since the last one. */
  seal(): void {
    this.flush()
    if (!this.#stopped) this.#trail.seal()
  }

  /** Renews the claim on the file; called once a second. */
  beat(): void {
    try {
      if (this.#stopped || !this.#owner || this.#owner.beat()) return
      this.#stopped = new Error(
        `another gateway took ${this.file}, or the state folder`,
      )
      throw this.#stopped
    } catch (error) {
      this.#fault(
        error,
        'another gateway may have taken over the audit file or the state',
      )
    }
  }

  /** Seals, deletes old files and checks the disk; called once a minute. */
  keepUp(): void {
    if (this.#stopped) return
    try {
      if (this.#space.measure()) {
        this.#report(
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
    this.#report(isOver ? OVER : 'it is within `audit.keep.size` again')
  }

  /** Writes the last record of a process that a bug ends; no callback runs. */
  crash(fields: string): void {
    this.begin().addText(fields)
    this.#batch.end()
    this.#write()
    this.seal()
  }

  close(): void {
    this.syncNow()
    this.seal()
    this.#trail.close()
    // The descriptor may be reused for another file.
    this.#stopped = new Error('the audit is closed')
    this.#owner?.release()
  }

  #report(problem: string): void {
    this.#fault(new Error(problem), `the audit: ${problem}`)
    this.append(renderNoticeRecord('disk', null, { problem }))
  }

  #write(): Error | null {
    const batch = this.#batch
    this.#batch = this.#spare
    this.#spare = batch
    this.#batch.clear()
    this.#waiting = []
    this.#failure = this.#stopped ?? this.#trail.write(batch)
    const now = this.#clock.monotonic()
    this.lagMs = now - this.#begun
    this.lag.observe(this.lagMs / 1_000)
    if (this.#failure) this.#countFailure(this.#failure)
    return this.#failure
  }

  #countFailure({ message }: Error): void {
    this.failures++
    this.lastFailure = { at: this.#clock.now(), reason: message }
  }

  #release(waiting: readonly Waiting[], failure: Error | null): void {
    for (const one of waiting) {
      // An exception in one callback must not stop the others.
      try {
        one.recorded(failure)
      } catch (error) {
        this.#fault(error, 'a bug: an exchange was dropped')
      }
    }
  }
}

// The files of one chain: appends, seals, rotates and resumes.
// INVARIANT: the chain advances only by what was written; the last record of a
// rotated file is a checkpoint.

import { fdatasyncSync } from 'node:fs'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Clock } from '../base/clock.ts'
import { Batch } from './batch.ts'
import {
  hashLine,
  openLine,
  type Position,
  START,
  writeCheckpoint,
} from './chain.ts'
import { LiveFile } from './live-file.ts'
import { renderNoticeRecord } from './notice-record.ts'
import { deleteFiles, planRetention } from './retention.ts'
import type { Signer } from './signature.ts'
import { headOf, readHead, resumeTrail, writeHead } from './tail.ts'

export interface TrailOptions {
  readonly file: string
  readonly clock: Clock
  /** Signs checkpoints. */
  readonly signer: Signer
  /** Settings of the running table. */
  readonly settings: () => AuditSettings
  /** Called for failures beyond writing records. */
  readonly fault: (error: unknown, what: string) => void
  /** Closes a descriptor that is no longer used. */
  readonly retire: (descriptor: number) => void
}

/** The pause after a failed rotation. */
const RETRY_MS = 60_000

export class Trail {
  /** The fault of the existing trail, if any. */
  readonly broken: string | undefined
  /** Bytes over `keep.size` that are too young to be deleted for it. */
  excess = 0
  readonly #options: TrailOptions
  readonly #live: LiveFile
  #position: Position = START
  /** Times of this file's first record and of the latest record. */
  #begun: number | undefined
  #newest = 0
  /** `seq` of the last checkpoint, and its line. */
  #sealed = 0
  #checkpoint: string | undefined
  /** Records that were lost since the last successful write. */
  #lost = 0
  #rotateAfter = Number.NEGATIVE_INFINITY
  #stampedAt = -1
  #stamp = ''
  /** What a line begins with that has this stamp. */
  #opening = Buffer.alloc(0)
  /** The second of the last stamp, and its text up to the point. */
  #second = -1
  #untilPoint = ''

  constructor(options: TrailOptions) {
    this.#options = options
    const { file, clock, signer, settings } = options
    this.#live = new LiveFile(file, options.retire)
    if (!this.#live.isRegular) return
    const now = clock.now()
    const ts = this.#timestamp(now)
    const start = resumeTrail(file, ts)
    this.#live.measure()
    this.broken = start.broken
    this.#position = start.position
    this.#begun = start.begun
    this.#newest = start.newest
    if (start.isNew) {
      const line = writeCheckpoint({ ...START, seq: -1 }, ts, signer)
      writeHead(file, { line, offset: -1 }, settings().fsync)
    }
    this.#checkpoint = readHead(headOf(file))?.line
  }

  get descriptor(): number {
    return this.#live.descriptor
  }

  /** `seq` of the last record. */
  get seq(): number {
    return this.#position.seq
  }

  /** The line of the last checkpoint. */
  get checkpoint(): string | undefined {
    return this.#checkpoint
  }

  /** Appends records, after a notice record on lost ones. */
  write(batch: Batch): Error | null {
    const now = this.#options.clock.now()
    if (this.#isOver(now)) this.#rotate(now)
    const failure = this.#tellLost(now) ?? this.#append(batch, now)
    if (failure) this.#lost += batch.count
    return failure
  }

  #tellLost(now: number): Error | null {
    const lost = this.#lost
    if (lost === 0) return null
    const failure = this.#note(renderNoticeRecord('gap', null, { lost }), now)
    if (!failure) this.#lost = 0
    return failure
  }

  /** Writes a checkpoint, if there are records since the last one. */
  seal(): Error | null {
    const { clock, signer, file, settings, fault } = this.#options
    if (this.#sealed === this.#position.seq) return null
    const ts = this.#timestamp(clock.now())
    const line = writeCheckpoint(this.#position, ts, signer)
    const offset = this.#live.size
    const failure = this.#live.put(Buffer.from(`${line}\n`))
    if (failure) return failure
    this.#checkpoint = line
    this.#sealed = this.#position.seq + 1
    this.#position = { seq: this.#sealed, hash: hashLine(line) }
    if (!this.#live.isRegular) return null
    try {
      const { fsync } = settings()
      // The head file must not name a checkpoint that a crash can lose.
      if (fsync) fdatasyncSync(this.#live.descriptor)
      writeHead(file, { line, offset }, fsync)
    } catch (error) {
      fault(error, 'the copy of a checkpoint cannot be written')
    }
    return null
  }

  /** Deletes files beyond `keep`, after a notice record that says where the
   * rest begins. */
  retain(): void {
    const { file, clock, settings, fault } = this.#options
    if (!this.#live.isRegular) return
    const now = clock.now()
    try {
      const { keep } = settings()
      const plan = planRetention(file, keep, now, this.#position)
      const { retention } = plan
      this.excess = plan.excess
      if (!retention) return
      const notice = renderNoticeRecord('removed', null, retention)
      if (this.#note(notice, now) ?? this.seal()) return
      fdatasyncSync(this.#live.descriptor)
      deleteFiles(file, retention.files)
    } catch (error) {
      fault(error, 'old audit files cannot be deleted')
    }
  }

  close(): void {
    this.#live.close()
  }

  #note(notice: string, now: number): Error | null {
    const batch = new Batch()
    batch.begin(this.seq + 1).addText(notice)
    batch.end()
    return this.#append(batch, now)
  }

  #append(batch: Batch, now: number): Error | null {
    const opening = this.#openAt(now)
    let { seq, hash } = this.#position
    for (let i = 0; i < batch.count; i++) {
      hash = hashLine(batch.complete(i, opening, ++seq, hash))
    }
    const failure = this.#live.put(batch.lines)
    if (failure) return failure
    this.#position = { seq, hash }
    this.#begun ??= now
    this.#newest = Math.max(this.#newest, now)
    return null
  }

  /** Whether the next record needs a new file: this one is too large, or from
   * an earlier period of `every`. */
  #isOver(now: number): boolean {
    const begun = this.#begun
    if (begun === undefined || now < this.#rotateAfter) return false
    const { size, every } = this.#options.settings().rotate
    const isOld = Math.floor(now / every) > Math.floor(begun / every)
    return this.#live.isRegular && (isOld || this.#live.size >= size)
  }

  #rotate(now: number): void {
    const { settings, fault } = this.#options
    if (this.seal()) return
    try {
      this.#live.rotate(Math.max(now, this.#newest), settings().fsync)
    } catch (error) {
      this.#rotateAfter = now + RETRY_MS
      return fault(error, 'the audit file cannot be rotated')
    }
    this.#begun = undefined
    this.retain()
  }

  #openAt(now: number): Buffer {
    this.#timestamp(now)
    return this.#opening
  }

  /** Renders each second once, and each millisecond. */
  #timestamp(now: number): string {
    if (now === this.#stampedAt) return this.#stamp
    this.#stampedAt = now
    const second = Math.floor(now / 1_000) * 1_000
    if (second !== this.#second) {
      this.#second = second
      this.#untilPoint = new Date(second).toISOString().slice(0, -'000Z'.length)
    }
    const ms = String(1_000 + Math.floor(now - second)).slice(1)
    this.#stamp = `${this.#untilPoint}${ms}Z`
    this.#opening = Buffer.from(openLine(this.#stamp))
    return this.#stamp
  }
}

// The files of one chain: appends, seals, rotates and resumes.
// INVARIANT: the chain advances only by what was written; the last record of a
// rotated file is a checkpoint.

import { fdatasyncSync } from 'node:fs'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Clock } from '../base/clock.ts'
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

const LEAST_SCRATCH = 64 * 1024
const MAX_SCRATCH = 1024 * 1024

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
  /** Buffer for the lines of one write. */
  #scratch = Buffer.allocUnsafeSlow(LEAST_SCRATCH)
  #stampedAt = -1
  #stamp = ''
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
  write(records: readonly string[]): Error | null {
    const now = this.#options.clock.now()
    if (this.#isOver(now)) this.#rotate(now)
    const lost = this.#lost
    const all =
      lost === 0
        ? records
        : [renderNoticeRecord('gap', null, { lost }), ...records]
    const failure = this.#append(all, now)
    this.#lost = failure ? this.#lost + records.length : 0
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
      if (this.#append([notice], now) ?? this.seal()) return
      fdatasyncSync(this.#live.descriptor)
      deleteFiles(file, retention.files)
    } catch (error) {
      fault(error, 'old audit files cannot be deleted')
    }
  }

  close(): void {
    this.#live.close()
  }

  #append(records: readonly string[], now: number): Error | null {
    const ts = this.#timestamp(now)
    let position = this.#position
    let at = 0
    for (const fields of records) {
      const end = this.#writeLine(at, `${openLine(position, ts)}${fields}}\n`)
      // Hashes the bytes: hashing the text would encode it again.
      const hash = hashLine(this.#scratch.subarray(at, end - 1))
      position = { seq: position.seq + 1, hash }
      at = end
    }
    const failure = this.#live.put(this.#scratch.subarray(0, at))
    if (at > MAX_SCRATCH) this.#scratch = Buffer.allocUnsafeSlow(LEAST_SCRATCH)
    if (failure) return failure
    this.#position = position
    this.#begun ??= now
    this.#newest = Math.max(this.#newest, now)
    return null
  }

  /** Returns where the line ends. One text, one write: each costs more than its
   * bytes. */
  #writeLine(from: number, line: string): number {
    this.#makeRoom(from, line.length)
    return from + this.#scratch.write(line, from)
  }

  /** Grows the buffer for a text of `length` characters in UTF-8. */
  #makeRoom(at: number, length: number): void {
    const needed = at + 3 * length
    const { length: size } = this.#scratch
    if (needed <= size) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * size))
    this.#scratch.copy(larger, 0, 0, at)
    this.#scratch = larger
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
    return this.#stamp
  }
}

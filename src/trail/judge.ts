// Verifies the lines of an audit trail, one after another.
// In: lines in order, optionally the key and the last checkpoint. Out: the
// first fault, and the data of the trail.
// INVARIANT: constant memory; every byte up to the last checkpoint counts.

import { GENESIS, hashLine } from '../runtime/audit/chain.ts'
import type { Seal } from '../runtime/audit/signature.ts'
import { type Entry, readEntry } from './entry.ts'
import { Start } from './start.ts'

export interface Place {
  /** Absolute path; empty if it is not about a line. */
  readonly file: string
  /** Counts from 1, within the file; 0 without a file. */
  readonly line: number
  /** Number of the record in the chain; null: the line has none. */
  readonly seq: number | null
}

export interface Fault extends Place {
  /** What is wrong, in words. */
  readonly why: string
  /** A second record that may be the faulty one, if the lines cannot decide. */
  readonly other: Place | null
  /** Later records confirm every record up to this `seq`; null: none. */
  readonly good: number | null
}

/** Records about faults of the trail, or about changes to it. */
export interface Remark extends Place {
  /** `gap`: records could not be written; `torn`: a crash cut off a line;
   * `removed`: files were deleted. */
  readonly notice: 'gap' | 'torn' | 'removed'
  /** Details of the event, as they are recorded. */
  readonly detail: Readonly<Record<string, unknown>>
}

interface Seen {
  readonly place: Place
  readonly bytes: Buffer
  readonly entry: Entry
  readonly hash: string
}

export class TrailJudge {
  readonly #seal: Seal
  readonly #head: { readonly seq: number; readonly line: Buffer } | undefined
  readonly start = new Start()
  readonly remarks: Remark[] = []
  records = 0
  checkpoints = 0
  /** The last valid checkpoint. */
  sealed = 0
  fault: Fault | undefined
  #last: Seen | undefined
  /** Whether a checkpoint was valid by its seal. */
  #signed = false
  /** The checkpoint before the last one, which confirms it. */
  #before: Seen | undefined
  /** The last one does not follow the one before it: which of them is wrong? */
  #suspect: Suspect | undefined

  constructor(
    seal: Seal,
    head: { readonly seq: number; readonly line: Buffer } | undefined,
  ) {
    this.#seal = seal
    this.#head = head
  }

  get last(): Place | undefined {
    return this.#last?.place
  }

  /** False: there is a fault, and reading can stop. */
  take(bytes: Buffer, file: string, line: number): boolean {
    const entry = readEntry(bytes)
    const place = { file, line, seq: entry?.seq ?? null }
    if (this.#suspect) return this.#decide(this.#suspect, entry)
    if (!entry) return this.#blame(place, 'it is not a record of this trail')
    const seen = { place, bytes, entry, hash: hashLine(bytes) }
    const last = this.#last
    if (!last) {
      this.start.begin(place, entry)
      if ((entry.seq === 1) !== (entry.prevHash === GENESIS)) {
        return this.#blame(
          place,
          'only the record with seq 1 has a prevHash of zeros',
        )
      }
    } else if (entry.prevHash !== last.hash) return this.#judgeJoin(last, seen)
    else if (entry.seq !== last.entry.seq + 1) {
      const expected = `${last.entry.seq + 1} was expected`
      const why = `its seq is ${entry.seq}, ${expected}`
      return this.#blame(place, why, { good: last.entry.seq })
    }
    return this.#accept(seen)
  }

  /** Called after the last line. */
  end(): void {
    if (this.#suspect) this.#decide(this.#suspect, undefined)
    const head = this.#head
    const last = this.#last
    if (this.fault || !head || (last && last.entry.seq >= head.seq)) return
    const place = last?.place ?? { file: '', line: 0, seq: null }
    const missing = `its last checkpoint, seq ${head.seq}, is missing`
    if (head.seq > 0) this.#blame(place, `the trail ends here, and ${missing}`)
  }

  #accept(seen: Seen): boolean {
    const { place, bytes, entry } = seen
    const head = this.#head
    if (head?.seq === entry.seq && !head.line.equals(bytes)) {
      const why = 'it is not the checkpoint of the head file'
      return this.#blame(place, why, { good: entry.seq - 1 })
    }
    if (entry.notice === 'checkpoint') {
      const verdict = this.#seal.judge(bytes)
      if (verdict === 'bad') {
        return this.#blame(place, this.#tellMac(), { good: this.sealed })
      }
      this.checkpoints++
      if (verdict === 'good' || !this.#seal.judges) {
        this.sealed = entry.seq
        this.start.seal()
      } else if (this.#signed) {
        const why = 'it has a mac, but an earlier checkpoint has a signature'
        return this.#blame(place, why, { good: this.sealed })
      }
      this.#signed ||= verdict === 'good'
    } else if (entry.notice && !this.#hear(place, entry.notice, bytes)) {
      return false
    }
    this.#before = this.#last
    this.#last = seen
    this.records++
    return true
  }

  #tellMac(): string {
    const since =
      this.sealed > 0 ? `, or a record since seq ${this.sealed}` : ''
    return `its signature does not match this key: it${since} was changed, or was signed with another key`
  }

  /** False: the record reports that the trail is incomplete. */
  #hear(place: Place, notice: string, bytes: Buffer): boolean {
    const good = this.#last?.entry.seq ?? null
    if (!isJson(bytes)) return this.#blame(place, NO_JSON, { good })
    const detail = Object(JSON.parse(bytes.toString()).detail)
    if (notice === 'broken') {
      return this.#blame(
        place,
        `records before it are missing: at this start ${detail.reason}`,
        { good: null },
      )
    }
    if (notice === 'removed') this.start.hear(Object(detail.first))
    const isRemark =
      notice === 'gap' || notice === 'torn' || notice === 'removed'
    if (isRemark && this.remarks.length < MAX_REMARKS) {
      this.remarks.push({ ...place, notice, detail })
    }
    return true
  }

  /** `seen` does not contain the hash of the line before it. */
  #judgeJoin(last: Seen, seen: Seen): boolean {
    const { place, entry, bytes } = seen
    if (!isJson(last.bytes)) {
      return this.#blame(last.place, NO_JSON)
    }
    if (last.bytes.equals(bytes)) {
      return this.#blame(place, 'it is in the trail twice')
    }
    const before = this.#before?.hash ?? GENESIS
    if (entry.prevHash === before && entry.seq === last.entry.seq) {
      this.#suspect = { seen, twin: true }
      return true
    }
    if (entry.seq !== last.entry.seq + 1) {
      const expected = `${last.entry.seq + 1} was expected`
      return this.#blame(place, `seq ${entry.seq} is here, but ${expected}`)
    }
    // A checkpoint has its own seal.
    if (this.#isSealed(last)) return this.#blame(place, PREVIOUS)
    const verdict =
      entry.notice === 'checkpoint' ? this.#seal.judge(bytes) : 'unknown'
    if (verdict === 'good') return this.#blame(last.place, CHANGED)
    if (verdict === 'bad') {
      return this.#blame(place, this.#tellMac(), { other: last.place })
    }
    this.#suspect = { seen, twin: false }
    return true
  }

  /** Later records confirm the one that is named; otherwise it is unknown. */
  #decide({ seen, twin }: Suspect, next: Entry | undefined): boolean {
    this.#suspect = undefined
    const last = this.#last as Seen
    if (next?.prevHash === seen.hash) {
      return this.#blame(last.place, twin ? PUT_IN : CHANGED)
    }
    if (twin && next?.prevHash === last.hash) {
      return this.#blame(seen.place, PUT_IN, { good: last.entry.seq })
    }
    const [one, two] = [last, seen].map(({ entry }) => entry.seq)
    const why = twin
      ? `one of the two records ${one} was inserted`
      : `one of records ${one} and ${two} was changed`
    return this.#blame(seen.place, why, { other: last.place })
  }

  #isSealed({ entry }: Seen): boolean {
    return this.#signed && entry.seq === this.sealed
  }

  /** Only the next record confirms a last record that is no checkpoint. */
  #blame(
    place: Place,
    why: string,
    more: { readonly good?: number | null; readonly other?: Place } = {},
  ): boolean {
    const last = this.#last
    const vouched = last && this.#isSealed(last) ? last : this.#before
    const { good = vouched?.entry.seq ?? null, other = null } = more
    this.fault = { ...place, why, other, good: good === 0 ? null : good }
    if (last && (good ?? 0) < last.entry.seq) {
      this.#last = this.#before
      this.records--
    }
    return false
  }
}

/** The last one does not follow the one before; or both follow the same. */
interface Suspect {
  readonly seen: Seen
  readonly twin: boolean
}

const PUT_IN = 'it was inserted'

const PREVIOUS =
  'its prevHash was changed, or the records before it were removed'

const NO_JSON = 'it is no longer valid JSON'

/** For a trail of any length. */
const MAX_REMARKS = 1_000

const CHANGED =
  'the next record contains another hash: this record was changed, or the ' +
  'records after it are of another trail'

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}

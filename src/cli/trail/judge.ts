// Judges an audit trail, line after line.
// In: lines in order, perhaps the key and the last checkpoint. Out: the first
// fault, and what the trail says of itself.
// INVARIANT: constant memory; every byte up to the last checkpoint counts.

import {
  GENESIS,
  hashLine,
  isSigned,
  type Position,
} from '../../runtime/audit/chain.ts'
import type { KeyedDigest } from '../../runtime/audit/digest.ts'
import { type Entry, readEntry } from './entry.ts'
import { Start } from './start.ts'

export interface Place {
  readonly file: string
  readonly line: number
  readonly seq: number | null
}

export interface Fault extends Place {
  readonly why: string
}

/** Records that say what is wrong with the trail, or was done to it. */
export interface Remark extends Place {
  readonly notice: 'gap' | 'torn' | 'removed'
  readonly detail: Readonly<Record<string, unknown>>
}

interface Seen {
  readonly place: Place
  readonly bytes: Buffer
  readonly entry: Entry
  readonly hash: string
}

export class TrailJudge {
  readonly #key: KeyedDigest | undefined
  readonly #head: { readonly seq: number; readonly line: Buffer } | undefined
  readonly start = new Start()
  readonly remarks: Remark[] = []
  records = 0
  checkpoints = 0
  /** The last good checkpoint. */
  sealed = 0
  fault: Fault | undefined
  #last: Seen | undefined
  /** What stood before the last one. */
  #before: Position | undefined
  /** The last one does not follow the one before it: which is wrong? */
  #suspect: Seen | undefined

  constructor(
    key: KeyedDigest | undefined,
    head: { readonly seq: number; readonly line: Buffer } | undefined,
  ) {
    this.#key = key
    this.#head = head
  }

  get last(): Place | undefined {
    return this.#last?.place
  }

  /** False: there is a fault, and no need to go on. */
  take(bytes: Buffer, file: string, line: number): boolean {
    const entry = readEntry(bytes)
    const place = { file, line, seq: entry?.seq ?? null }
    if (this.#suspect) return this.#decide(this.#suspect, entry)
    if (!entry) return this.#blame(place, 'it is no record of this trail')
    const seen = { place, bytes, entry, hash: hashLine(bytes) }
    const last = this.#last
    if (!last) {
      this.start.begin(place, entry)
      if ((entry.seq === 1) !== (entry.prevHash === GENESIS)) {
        return this.#blame(place, 'seq 1 alone has a prevHash of zeros')
      }
    } else if (entry.prevHash !== last.hash) return this.#judgeJoin(last, seen)
    else if (entry.seq !== last.entry.seq + 1) {
      const expected = `${last.entry.seq + 1} was expected`
      return this.#blame(place, `its seq is ${entry.seq}, ${expected}`)
    }
    return this.#accept(seen)
  }

  /** After the last line. */
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
      return this.#blame(place, 'it is not the checkpoint of the head file')
    }
    if (entry.notice === 'checkpoint') {
      if (this.#key && !isSigned(bytes, this.#key)) {
        return this.#blame(place, this.#tellMac())
      }
      this.checkpoints++
      this.sealed = entry.seq
      this.start.seal()
    } else if (entry.notice && !this.#hear(place, entry.notice, bytes)) {
      return false
    }
    const last = this.#last
    this.#before = last && { seq: last.entry.seq, hash: last.hash }
    this.#last = seen
    this.records++
    return true
  }

  #tellMac(): string {
    const since =
      this.sealed > 0 ? `, or a record since seq ${this.sealed}` : ''
    return `its mac is not this key's: it${since} was changed, or signed by another key`
  }

  /** False: it says that the trail is not whole. */
  #hear(place: Place, notice: string, bytes: Buffer): boolean {
    if (!isJson(bytes)) return this.#blame(place, NO_JSON)
    const detail = Object(JSON.parse(bytes.toString()).detail)
    if (notice === 'broken') {
      return this.#blame(
        place,
        `before it records are missing: at this start ${detail.reason}`,
      )
    }
    if (notice === 'removed') this.start.hear(Object(detail.first))
    const isRemark =
      notice === 'gap' || notice === 'torn' || notice === 'removed'
    if (isRemark && this.remarks.length < MOST_REMARKS) {
      this.remarks.push({ ...place, notice, detail })
    }
    return true
  }

  /** `seen` does not name the hash of the line before it. */
  #judgeJoin(last: Seen, seen: Seen): boolean {
    const { place, entry, bytes } = seen
    if (!isJson(last.bytes)) {
      return this.#blame(last.place, NO_JSON)
    }
    if (last.bytes.equals(bytes)) {
      return this.#blame(place, 'it stands there twice')
    }
    const before = this.#before ?? { seq: 0, hash: GENESIS }
    if (entry.prevHash === before.hash && entry.seq === last.entry.seq) {
      return this.#blame(last.place, 'it was put in between')
    }
    if (entry.seq !== last.entry.seq + 1) {
      const expected = `${last.entry.seq + 1} was expected`
      return this.#blame(place, `seq ${entry.seq} stands where ${expected}`)
    }
    // A checkpoint speaks for itself.
    if (this.#key && entry.notice === 'checkpoint') {
      if (isSigned(bytes, this.#key)) return this.#blame(last.place, CHANGED)
      return this.#blame(place, this.#tellMac())
    }
    this.#suspect = seen
    return true
  }

  /** What follows vouches for the one that it names. */
  #decide(suspect: Seen, next: Entry | undefined): boolean {
    this.#suspect = undefined
    const vouched = next === undefined || next.prevHash === suspect.hash
    const before = this.#last?.place
    if (vouched && before) return this.#blame(before, CHANGED)
    return this.#blame(suspect.place, 'its prevHash was changed')
  }

  #blame(place: Place, why: string): boolean {
    this.fault = { ...place, why }
    return false
  }
}

const NO_JSON = 'it is no JSON any more'

/** Of a trail however long. */
const MOST_REMARKS = 1_000

const CHANGED =
  'the next record names another hash: it was changed, or what follows is ' +
  'of another trail'

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}

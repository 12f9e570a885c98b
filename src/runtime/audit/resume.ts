// Where a trail goes on: the last record, whoever wrote it.
// In: an audit file that is there, and its neighbours. Out: a Start.
// INVARIANT: what a crash cut, and what is missing of the trail, stands in a
// notice of the chain itself; nothing is dropped in silence.

import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listRotated } from '../../contract/audit-files.ts'
import { hashLine, type Position, START, writeLine } from './chain.ts'
import {
  type Ending,
  holdsLineAt,
  readEnding,
  readFirstLine,
} from './ending.ts'
import { type Head, headOf, readHead } from './head.ts'
import { renderNotice } from './notices.ts'

export interface Start {
  readonly position: Position
  /** Milliseconds of the file's first record, and of the last one of all. */
  readonly begun: number | undefined
  readonly newest: number
  /** No checkpoint was ever made. */
  readonly isNew: boolean
  /** What is wrong with the trail that is there. */
  readonly broken: string | undefined
}

export function resumeTrail(file: string, ts: string): Start {
  const folder = dirname(file)
  const last = listRotated(basename(file), readdirSync(folder)).at(-1)
  const before = last && readEnding(join(folder, last.name)).line
  const own = readEnding(file)
  const whole = own.line ?? before
  const head = readHead(headOf(file))
  const known = whole ? readPosition(whole) : { position: START }
  const fault = known.fault ?? judgeHead(file, head, whole, before)
  const position = mend(file, own, known.position, ts)
  const began = readFirstLine(file)
  return {
    position,
    begun: began && readInstant(began),
    newest: (whole && readInstant(whole)) ?? 0,
    isNew: head === undefined && whole === undefined,
    broken: fault,
  }
}

/** A chain goes on after whatever stands last, also what is no record. */
function readPosition(line: Buffer): {
  readonly position: Position
  readonly fault?: string
} {
  const { seq } = parse(line)
  const hash = hashLine(line)
  if (Number.isSafeInteger(seq)) {
    return { position: { seq: seq as number, hash } }
  }
  return { position: { seq: 0, hash }, fault: 'its last line is no record' }
}

/** A cut line is replaced, in one write, by a notice that holds it whole. */
function mend(
  file: string,
  { size, torn }: Ending,
  position: Position,
  ts: string,
): Position {
  if (torn.length === 0) return position
  const detail = { bytes: torn.length, text: torn.toString() }
  const fields = renderNotice('torn', null, detail)
  const line = writeLine(position, ts, fields)
  const bytes = Buffer.from(`${line}\n`)
  const from = size - torn.length
  const descriptor = openSync(file, 'r+')
  try {
    let done = 0
    while (done < bytes.length) {
      const left = bytes.length - done
      done += writeSync(descriptor, bytes, done, left, from + done)
    }
  } finally {
    closeSync(descriptor)
  }
  return { seq: position.seq + 1, hash: hashLine(line) }
}

/** The last checkpoint stands where it was written: in the live file, or at
 * the end of the one that was live. */
function judgeHead(
  file: string,
  head: Head | undefined,
  whole: Buffer | undefined,
  before: Buffer | undefined,
): string | undefined {
  if (!head) return whole && 'the copy of its last checkpoint is missing'
  const { line, offset } = head
  if (offset === -1 && readPosition(Buffer.from(line)).position.seq === 0) {
    return undefined
  }
  if (before?.equals(Buffer.from(line))) return undefined
  if (offset >= 0 && holdsLineAt(file, line, offset)) return undefined
  return 'its last checkpoint is not in it'
}

function readInstant(line: Buffer): number | undefined {
  const instant = Date.parse(String(parse(line).ts))
  return Number.isNaN(instant) ? undefined : instant
}

function parse(line: Buffer): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(line.toString()))
  } catch {
    return {}
  }
}

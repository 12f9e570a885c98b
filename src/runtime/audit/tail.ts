// Resumes a trail: reads its last line, the head file and the last record.
// INVARIANT: changes nothing but a cut last line; the head file never names a
// checkpoint that is not in the trail.

import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listRotated } from '../../contract/audit-files.ts'
import { hashLine, type Position, START, writeLine } from './chain.ts'
import { renderNoticeRecord } from './notice-record.ts'

export interface Ending {
  readonly size: number
  /** The last complete line, without its newline. */
  readonly line: Buffer | undefined
  /** Bytes after it: a line that a crash cut. */
  readonly torn: Buffer
}

const BLOCK = 64 * 1024
const NEWLINE = 10

function readEnding(file: string): Ending {
  return use(file, (descriptor) => {
    const { size } = fstatSync(descriptor)
    let tail = Buffer.alloc(0)
    let from = size
    // The newline before the last whole line, and the one that ends it.
    while (from > 0 && countNewlines(tail) < 2) {
      const length = Math.min(BLOCK, from)
      from -= length
      tail = Buffer.concat([readAt(descriptor, from, length), tail])
    }
    const end = tail.lastIndexOf(NEWLINE)
    const torn = tail.subarray(end + 1)
    if (end === -1) return { size, line: undefined, torn }
    const begin = end === 0 ? 0 : tail.lastIndexOf(NEWLINE, end - 1) + 1
    return { size, line: tail.subarray(begin, end), torn }
  })
}

/** The first complete line, if there is one. */
export function readFirstLine(file: string): Buffer | undefined {
  return use(file, (descriptor) => {
    let text = Buffer.alloc(0)
    for (;;) {
      const block = readAt(descriptor, text.length, BLOCK)
      const end = block.indexOf(NEWLINE)
      text = Buffer.concat([text, end === -1 ? block : block.subarray(0, end)])
      if (end !== -1) return text
      if (block.length === 0) return undefined
    }
  })
}

/** Whether `line` and its newline are at `offset` of a file. */
function holdsLineAt(file: string, line: string, offset: number): boolean {
  const bytes = Buffer.from(`${line}\n`)
  return use(file, (descriptor) =>
    readAt(descriptor, offset, bytes.length).equals(bytes),
  )
}

function use<T>(file: string, read: (descriptor: number) => T): T {
  const descriptor = openSync(file, 'r')
  try {
    return read(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readAt(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const read = readSync(descriptor, bytes, got, length - got, from + got)
    if (read === 0) break
    got += read
  }
  return bytes.subarray(0, got)
}

function countNewlines(bytes: Buffer): number {
  const last = bytes.lastIndexOf(NEWLINE)
  if (last === -1) return 0
  return last > 0 && bytes.lastIndexOf(NEWLINE, last - 1) !== -1 ? 2 : 1
}

export interface Head {
  /** The checkpoint's line, without its newline. */
  readonly line: string
  /** Its offset in the file that was live; -1 before the first checkpoint. */
  readonly offset: number
}

export function headOf(file: string): string {
  return `${file}.head`
}

/** Replaces the head file. `sync`: waits for the disk. */
export function writeHead(
  file: string,
  { line, offset }: Head,
  sync: boolean,
): void {
  const target = headOf(file)
  const descriptor = openSync(`${target}.new`, 'w', 0o600)
  try {
    writeSync(descriptor, `${line}\n${offset}\n`)
    if (sync) fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${target}.new`, target)
}

/** Absent if there is no valid head file. */
export function readHead(path: string): Head | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const [line = '', offset] = text.split('\n')
  return offset === undefined ? undefined : { line, offset: Number(offset) }
}

export interface Start {
  readonly position: Position
  /** Milliseconds of the file's first record, and of the last one of all. */
  readonly begun: number | undefined
  readonly newest: number
  /** There was never a checkpoint. */
  readonly isNew: boolean
  /** The fault of an existing trail, if any. */
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
  const position = replaceTorn(file, own, known.position, ts)
  const began = readFirstLine(file)
  return {
    position,
    begun: began && readInstant(began),
    newest: (whole && readInstant(whole)) ?? 0,
    isNew: head === undefined && whole === undefined,
    broken: fault,
  }
}

/** A chain continues after its last line, even if that is not a record. */
function readPosition(line: Buffer): {
  readonly position: Position
  readonly fault?: string
} {
  const { seq } = parse(line)
  const hash = hashLine(line)
  if (Number.isSafeInteger(seq)) {
    return { position: { seq: seq as number, hash } }
  }
  return { position: { seq: 0, hash }, fault: 'its last line is not a record' }
}

/** Replaces a cut line by a notice record that holds its text. */
function replaceTorn(
  file: string,
  { size, torn }: Ending,
  position: Position,
  ts: string,
): Position {
  if (torn.length === 0) return position
  const detail = { bytes: torn.length, text: torn.toString() }
  const fields = renderNoticeRecord('torn', null, detail)
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

/** The last checkpoint must be at its offset in the live file, or at the end of
 * the last rotated one. */
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
  return 'its last checkpoint is missing'
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

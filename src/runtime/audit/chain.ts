// The chain: a record carries the hash of the line before, a checkpoint a mac.
// In: the inside of a record. Out: its whole line.
// INVARIANT: a hash is SHA-256 over a line's bytes without its newline, as
// `sha256sum` gives it; a mac covers all of its line that precedes it.

import { hash, timingSafeEqual } from 'node:crypto'
import type { KeyedDigest } from './digest.ts'

/** `prevHash` of the first record of a chain. */
export const GENESIS = '0'.repeat(64)

/** The last record of a chain so far. */
export interface Position {
  readonly seq: number
  readonly hash: string
}

export const START: Position = Object.freeze({ seq: 0, hash: GENESIS })

export function hashLine(line: string | Buffer): string {
  return hash('sha256', line, 'hex')
}

export function writeLine(after: Position, ts: string, fields: string): string {
  const { seq, hash: prevHash } = after
  return `{"ts":"${ts}","seq":${seq + 1},"prevHash":"${prevHash}",${fields}}`
}

const SEAL =
  '"event":"notice","notice":"checkpoint","table":null,"detail":{"mac":"'

const MAC = /"detail":\{"mac":"([0-9a-f]{64})"\}\}$/

/** Length of what follows the signed part: the mac and `"}}`. */
const TAIL = 67

export function writeCheckpoint(
  after: Position,
  ts: string,
  key: KeyedDigest,
): string {
  const signed = writeLine(after, ts, SEAL).slice(0, -1)
  return `${signed}${key.sign(Buffer.from(signed))}"}}`
}

/** Whether a checkpoint's mac is this key's over the rest of its line. */
export function isSigned(line: Buffer, key: KeyedDigest): boolean {
  const mac = MAC.exec(line.toString('latin1'))?.[1]
  if (mac === undefined) return false
  const signed = line.subarray(0, line.length - TAIL)
  return timingSafeEqual(Buffer.from(mac), Buffer.from(key.sign(signed)))
}

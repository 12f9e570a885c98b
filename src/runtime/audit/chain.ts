// The chain of an audit trail: each record holds the hash of the line before,
// checkpoints hold a signature.
// INVARIANT: a hash is SHA-256 of a line without its newline.

import { hash } from 'node:crypto'
import type { Signer } from './signature.ts'

/** `prevHash` of the first record of a chain. */
export const GENESIS = '0'.repeat(64)

/** The position of a record in its chain. */
export interface Position {
  readonly seq: number
  readonly hash: string
}

export const START: Position = Object.freeze({ seq: 0, hash: GENESIS })

export function hashLine(line: string | Uint8Array): string {
  return hash('sha256', line, 'hex')
}

export function writeLine(
  { seq, hash: prevHash }: Position,
  ts: string,
  fields: string,
): string {
  return `${openLine(ts)}${seq + 1}${PREV_HASH}${prevHash}",${fields}}`
}

/** A line up to its `seq`. */
export function openLine(ts: string): string {
  return `{"ts":"${ts}","seq":`
}

/** Between the `seq` of a line and the hash of the line before. */
export const PREV_HASH = ',"prevHash":"'

const SEAL =
  '"event":"notice","notice":"checkpoint","table":null,"detail":{"signature":"'

/** Writes a checkpoint. The signature covers the line up to it. */
export function writeCheckpoint(
  after: Position,
  ts: string,
  signer: Signer,
): string {
  const signed = writeLine(after, ts, SEAL).slice(0, -1)
  return `${signed}${signer.sign(Buffer.from(signed))}"}}`
}

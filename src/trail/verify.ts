// Verifies an audit trail from its first record to its last.
// In: its files, optionally its key. Out: a Verdict.
// INVARIANT: reports what it could not check: signatures without a key, a cut
// at a checkpoint without a head file, all after the last checkpoint.

import type { Seal } from '../runtime/audit/signature.ts'
import { type Fault, type Place, type Remark, TrailJudge } from './judge.ts'
import { readLines } from './lines.ts'
import type { OpenTrail } from './open.ts'

export interface Verdict {
  /** The first fault; null: the trail is intact. */
  readonly fault: Fault | null
  /** The fault: the named files begin later than their chain. */
  readonly partial: boolean
  /** Number of files of the trail. */
  readonly files: number
  /** Records that were verified; reading ends at a fault. */
  readonly records: number
  /** The first record; null: there is none. */
  readonly first: Place | null
  /** The last record that was verified; null: there is none. */
  readonly last: Place | null
  /** Whether signatures were checked, or only hashes. */
  readonly keyed: boolean
  /** How many of the records are checkpoints. */
  readonly checkpoints: number
  /** `seq` of the last checkpoint; null: there is none. */
  readonly sealed: number | null
  /** Records after the last checkpoint; 0 with a fault. */
  readonly unsealed: number
  /** Bytes of an incomplete line at the very end. */
  readonly torn: number
  /** The first thousand. */
  readonly remarks: readonly Remark[]
  /** What this verdict does not cover. */
  readonly limits: readonly string[]
}

/** `from`: the record with which the trail may begin. */
export async function verifyTrail(
  { files, head, whole }: OpenTrail,
  seal: Seal,
  from = 1,
): Promise<Verdict> {
  const judge = new TrailJudge(seal, head)
  let torn = 0
  try {
    for (const [index, { path, source }] of files.entries()) {
      const isLast = index === files.length - 1
      await readLines(source, ({ bytes, number, whole }) => {
        if (!whole && isLast) torn = bytes.length
        else return judge.take(bytes, path, number)
        return true
      })
      if (judge.fault) break
    }
  } finally {
    for (const { source } of files) {
      if (typeof source !== 'string') await source.close()
    }
  }
  judge.end()
  const { start, records, checkpoints, sealed, last } = judge
  const late = start.first?.seq === from ? undefined : start.judge()
  const fault =
    judge.fault ??
    (head && seal.judge(head.line) === 'bad' ? HEAD_FORGED : undefined) ??
    late ??
    (whole && !head && records > 0 ? HEAD_MISSING : undefined) ??
    (seal.judges && checkpoints > 0 && sealed === 0 ? UNSIGNED : undefined)
  return {
    fault: fault ?? null,
    partial: !whole && fault !== undefined && fault === late,
    files: files.length,
    records,
    first: start.first ?? null,
    last: last ?? null,
    keyed: seal.judges,
    checkpoints,
    sealed: sealed > 0 ? sealed : null,
    unsealed: fault ? 0 : (last?.seq ?? sealed) - sealed,
    torn,
    remarks: judge.remarks,
    limits: [
      ...(seal.judges ? [] : [UNKEYED]),
      ...(whole || head ? [] : [HEADLESS]),
      ...(whole || start.isFirst || !start.first ? [] : [PARTIAL]),
    ],
  }
}

const nowhere = { file: '', line: 0, seq: null, other: null, good: null }

const HEAD_FORGED: Fault = {
  ...nowhere,
  why: 'the head file contains no checkpoint that is signed with this key',
}
const UNSIGNED: Fault = {
  ...nowhere,
  why:
    'no checkpoint of it is signed: the trail is older than signatures, or was ' +
    'written again; verify it with --key',
}
const HEAD_MISSING: Fault = {
  ...nowhere,
  why: 'the head file is missing: a cut at the end of the trail cannot be detected',
}

const UNKEYED =
  'no key was given: only hashes were verified, and whoever can write the ' +
  'files can compute new hashes'
const HEADLESS =
  'no head file was given: a trail that was cut off after a checkpoint looks complete'
const PARTIAL = 'it does not begin with the first record of its chain'

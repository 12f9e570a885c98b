// The verdict on an audit trail, for a person or for a program.
// In: a Verdict, and the folder to which paths are relative. Out: text.
// INVARIANT: the verdict comes first; no control character of a record
// reaches the terminal.

import { relative } from 'node:path'
import { count } from '../../diagnostics/report.ts'
import {
  type Plain,
  paint,
  plain,
  plainLines,
} from '../../diagnostics/shown.ts'
import type { Fault, Remark } from '../../trail/judge.ts'
import type { Verdict } from '../../trail/verify.ts'
import { alignRows } from '../columns.ts'

export function renderVerdict(verdict: Verdict, cwd: string): Plain {
  const { fault, records, files, last, first, keyed } = verdict
  const said = fault
    ? verdict.partial
      ? renderPartial(fault)
      : renderFault(fault, cwd)
    : plainLines([
        plain`${paint('good', 'the audit trail is intact')}: ${count(records, 'record')} in ${count(files, 'file')}${keyed ? '' : ', by their hashes only'}`,
      ])
  const { sealed, unsealed, checkpoints, torn } = verdict
  const facts = [
    ...(first && last ? [['records', `seq ${first.seq} to ${last.seq}`]] : []),
    [
      'checkpoints',
      sealed === null
        ? 'none yet'
        : `${checkpoints}, the last is seq ${sealed}` +
          (keyed ? '' : '; not verified'),
    ],
    ...(unsealed > 0
      ? [['not yet sealed', `${count(unsealed, 'record')} after it`]]
      : []),
    ...(torn > 0
      ? [
          [
            'incomplete',
            `the last line has ${count(torn, 'byte')} and no line end`,
          ],
        ]
      : []),
    ...verdict.remarks.map((remark) => [remark.notice, tell(remark, cwd)]),
    ...verdict.limits.map((limit) => ['note', limit]),
  ]
  return plain`${said}${alignRows(facts)}`
}

/** The verdict for a trail without a fault. */
function renderPartial({ seq }: Fault): Plain {
  return plainLines([
    `intact from record ${seq ?? 0}; the records before it are not in these files`,
    `name the earlier files too, or give --from ${seq ?? 0} if they are kept elsewhere`,
  ])
}

function renderFault(fault: Fault, cwd: string): Plain {
  const { other, why, good } = fault
  const places = [...(other ? [other] : []), fault]
    .filter(({ file }) => file !== '')
    .map(({ file, line, seq }) => {
      const record = seq === null ? '' : ` (seq ${seq})`
      return `${relative(cwd, file)}:${line}${record}`
    })
  const where = places.length === 0 ? '' : `: ${places.join(' or ')}`
  return plainLines([
    plain`${paint('bad', 'the audit trail is not intact')}${where}`,
    why,
    ...(good === null ? [] : [`intact up to seq ${good}`]),
  ])
}

function tell({ file, line, notice, detail }: Remark, cwd: string): string {
  const { length = 0 } = Object(detail.files) as readonly string[]
  const said = {
    gap: `${detail.lost} records were lost before it`,
    torn: `a crash cut off a line after ${detail.bytes} bytes`,
    removed: `${count(length, 'file')} deleted because of \`audit.keep\``,
  }
  return `${relative(cwd, file)}:${line} ${said[notice]}`
}

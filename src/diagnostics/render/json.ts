// A report for programs.
// In: a report. Out: one JSON object on one line.
// INVARIANT: the same report gives the same bytes; no source text is in it.

import { CODES, type Code } from '../codes.ts'
import { describeVerdict, type Report } from '../report.ts'

const STATUS = ['fine', 'not fine', 'no answer'] as const

export function renderJson(report: Report): string {
  const { command, exit, counts, diagnostics, digest = null } = report
  const object = {
    formatVersion: 1,
    command,
    status: STATUS[exit],
    exit,
    verdict: describeVerdict(report),
    counts,
    digest,
    diagnostics: diagnostics.map((one) => ({
      ...one,
      title: CODES[one.code as Code]?.title,
    })),
  }
  return `${JSON.stringify(object)}\n`
}

// A report for programs; its shape is schema/report.schema.json.
// In: a report. Out: one JSON object on one line.
// INVARIANT: the same report gives the same bytes; the only source text in it
// are words that messages quote.

import type {
  FindingsReport,
  ReportedFinding,
} from '../../contract/findings-report.ts'
import { describeVerdict, type Report } from '../report.ts'
import { json, type Shown } from '../shown.ts'
import { docsOf, placeAll, type RenderOptions, rowOf } from './findings.ts'

const STATUS = ['fine', 'not fine', 'no answer'] as const

export function renderJson(report: Report, options: RenderOptions = {}): Shown {
  const { command, exit, counts, digest = null } = report
  const object: FindingsReport = {
    formatVersion: 1,
    command,
    status: STATUS[exit],
    exit,
    verdict: describeVerdict(report),
    counts,
    digest,
    diagnostics: listFindings(report, options),
  }
  return json(object)
}

export function listFindings(
  report: Report,
  options: RenderOptions,
): readonly ReportedFinding[] {
  return placeAll(report, options).map(({ at, ...one }, index) => ({
    ...one,
    // Only the place that the finding itself has.
    ...(report.diagnostics[index]?.at && { at }),
    title: rowOf(one.code)?.title ?? one.code,
    docs: docsOf(one.code),
  }))
}

// A report for programs; its shape is schema/report.schema.json.
// In: a report. Out: one JSON object on one line.
// INVARIANT: the same report gives the same bytes; the only source text in it
// are words that messages quote.

import { describeVerdict, type Report } from '../report.ts'
import { json, type Shown } from '../shown.ts'
import { docsOf, placeAll, type RenderOptions, rowOf } from './findings.ts'

const STATUS = ['fine', 'not fine', 'no answer'] as const

export function renderJson(report: Report, options: RenderOptions = {}): Shown {
  const { command, exit, counts, digest = null, diagnostics } = report
  const placed = placeAll(report, options)
  const object = {
    formatVersion: 1,
    command,
    status: STATUS[exit],
    exit,
    verdict: describeVerdict(report),
    counts,
    digest,
    diagnostics: placed.map(({ at, ...one }, index) => ({
      ...one,
      // A finding without a place has null: a program needs no default.
      ...(diagnostics[index]?.at && { at }),
      title: rowOf(one.code)?.title,
      docs: docsOf(one.code),
    })),
  }
  return json(object)
}

// Why the audit may not be complete for a span.
// In: the start of the audit, and the span. Out: sentences.
// INVARIANT: no sentence means that the span is covered, as far as the existing
// lines show.

import { formatDuration, formatInstant } from '../diagnostics/instants.ts'
import type { Span } from './instants.ts'
import type { Coverage } from './uses.ts'

const HOUR_MS = 3_600_000
const FEW = 3

export function listWarnings(
  { first, last, gaps, count }: Coverage,
  { since, until }: Span,
  now: number,
): readonly string[] {
  if (first === null || last === null) return ['the audit is empty']
  const [from, to] = [Date.parse(first), Date.parse(last)]
  const end = Math.min(until, now)
  const warnings: string[] = []
  if (since > -Infinity && from - since > HOUR_MS) {
    warnings.push(
      `the audit begins ${formatTime(first)}: the first ${formatDuration(from - since)} ` +
        'of the span are not recorded',
    )
  }
  if (end - to > HOUR_MS) {
    warnings.push(`the last record is of ${formatTime(last)}`)
  }
  for (const gap of gaps.slice(0, FEW)) {
    const length = Date.parse(gap.to) - Date.parse(gap.from)
    warnings.push(
      `no record for ${formatDuration(length)}, until a gateway started ` +
        formatTime(gap.to),
    )
  }
  if (gaps.length > FEW) warnings.push(`${gaps.length - FEW} more such gaps`)
  if (count.damaged > 0) {
    const { path, line } = count.first ?? { path: '', line: 0 }
    warnings.push(
      `${count.damaged} damaged line(s), the first at ${path}:${line}`,
    )
  }
  return warnings
}

function formatTime(ts: string): string {
  return formatInstant(Date.parse(ts))
}

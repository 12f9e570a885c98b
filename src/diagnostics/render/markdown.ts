// A report as a comment on a pull request.
// In: a report, where the config stands in the repository. Out: Markdown.
// INVARIANT: whatever a config contains is text here: no cell, tag, link,
// mention or reference can come of it; the size is bounded.

import { describeVerdict, type Report } from '../report.ts'
import { writeCode, writeText } from './escape.ts'
import {
  count,
  formatStart,
  type PlacedFinding,
  placeAll,
  type RenderOptions,
} from './findings.ts'

/** A comment may have 65,536 characters: so many for the table, as many for
 * the details. */
const MOST = Object.freeze({ block: 30_000, notes: 5, text: 300 })

/** The first line, by which a job finds the comment that it wrote before. */
export function markerOf(command: string): string {
  return `<!-- gateway ${command} -->`
}

export function renderMarkdown(
  report: Report,
  options: RenderOptions = {},
): string {
  const findings = placeAll(report, options)
  const rows = fit(findings.map(writeRow))
  const items = fit(findings.slice(0, rows.length).flatMap(writeItem))
  const rest = findings.length - rows.length
  const head = `### gateway ${report.command}: ${describeVerdict(report)}`
  const blocks = [
    [markerOf(report.command), head],
    rows.length > 0 ? [...TABLE, ...rows] : [],
    items.length > 0 ? [...DETAILS, ...items, '', '</details>'] : [],
    rest > 0 ? [`And ${count(rest, 'more finding')}.`] : [],
    report.digest ? [`Table ${writeCode(report.digest)}`] : [],
  ]
  const written = blocks.filter((lines) => lines.length > 0)
  return `${written.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

const TABLE = ['| place | code | message |', '| --- | --- | --- |']
const DETAILS = ['<details><summary>Help and notes</summary>', '']

/** As many as there is room for. */
function fit(texts: readonly string[]): readonly string[] {
  let room = MOST.block
  const end = texts.findIndex((text) => {
    room -= text.length + 1
    return room < 0
  })
  return end === -1 ? texts : texts.slice(0, end)
}

function writeRow({ at, code, severity, message }: PlacedFinding): string {
  const kind = severity === 'error' ? code : `${code} (${severity})`
  const cells = [writeCode(formatStart(at)), kind, writeShort(message)]
  return `| ${cells.join(' | ')} |`
}

/** A list item with its own list below, or none. */
function writeItem({ at, code, help, notes, fix }: PlacedFinding) {
  const offer = fix ? ' (`gateway check --fix` can write it)' : ''
  const said = [
    ...notes.slice(0, MOST.notes).map(({ message, at }) => {
      const place = at ? `${writeCode(formatStart(at))} ` : ''
      return `  - ${place}note: ${writeShort(message)}`
    }),
    ...(help ? [`  - help: ${writeShort(help)}${offer}`] : []),
  ]
  const first = `- ${code} at ${writeCode(formatStart(at))}`
  return said.length > 0 ? [[first, ...said].join('\n')] : []
}

function writeShort(text: string): string {
  const long = text.length > MOST.text
  return writeText(long ? `${text.slice(0, MOST.text - 1)}…` : text)
}

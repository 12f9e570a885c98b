// A report as a comment on a pull request.
// In: a report, the config's folder in the repository. Out: Markdown.
// INVARIANT: every text of a config stays text: no cell, tag, link, mention or
// reference can come from it; the size is bounded.

import { count, describeVerdict, formatPlace, type Report } from '../report.ts'
import { code as asCode, joinMarkdown, type Markdown, md } from './escape.ts'
import { type PlacedFinding, placeAll, type RenderOptions } from './findings.ts'

/** A comment may have 65,536 characters: this many for the table, and the same
 * for the details. */
const MAX = Object.freeze({ block: 30_000, notes: 5 })

/** The first line, by which a job finds its earlier comment. */
const MARKERS = Object.freeze({
  check: md`<!-- gateway check -->`,
  diff: md`<!-- gateway diff -->`,
})

export function renderMarkdown(
  report: Report,
  options: RenderOptions = {},
): Markdown {
  const findings = placeAll(report, options)
  const rows = fit(findings.map(writeRow), MAX.block)
  const items = fit(
    findings.slice(0, rows.length).flatMap(writeItem),
    MAX.block,
  )
  const rest = findings.length - rows.length
  const { command, digest } = report
  const head = md`### gateway ${command}: ${describeVerdict(report)}`
  const marker = command === 'diff' ? MARKERS.diff : MARKERS.check
  const blocks = [
    [marker, head],
    rows.length > 0 ? [...TABLE, ...rows] : [],
    items.length > 0 ? [...DETAILS, ...items, md``, md`</details>`] : [],
    rest > 0 ? [md`And ${count(rest, 'more finding')}.`] : [],
    digest ? [md`Table ${asCode(digest)}`] : [],
  ]
  const written = blocks.filter((lines) => lines.length > 0)
  return md`${joinMarkdown(
    written.map((lines) => joinMarkdown(lines, '\n')),
    '\n\n',
  )}\n`
}

const TABLE = [md`| place | code | message |`, md`| --- | --- | --- |`]
const DETAILS = [md`<details><summary>Help and notes</summary>`, md``]

/** As many as fit. */
export function fit(
  texts: readonly Markdown[],
  most: number,
): readonly Markdown[] {
  let room = most
  const end = texts.findIndex((text) => {
    room -= text.toString().length + 1
    return room < 0
  })
  return end === -1 ? texts : texts.slice(0, end)
}

function writeRow({ at, code, severity, message }: PlacedFinding): Markdown {
  const kind = severity === 'error' ? md`` : md` (${severity})`
  return md`| ${asCode(formatPlace(at))} | ${code}${kind} | ${message} |`
}

/** A list item with an optional list below. */
function writeItem({ at, code, help, notes, fix }: PlacedFinding) {
  const offer = fix ? md` (\`gateway check --fix\` can write it)` : md``
  const said = [
    ...notes.slice(0, MAX.notes).map(({ message, at }) => {
      const place = at ? md`${asCode(formatPlace(at))} ` : md``
      return md`  - ${place}note: ${message}`
    }),
    ...(help ? [md`  - help: ${help}${offer}`] : []),
  ]
  const first = md`- ${code} at ${asCode(formatPlace(at))}`
  return said.length > 0 ? [joinMarkdown([first, ...said], '\n')] : []
}

// A report for people: place, code, message, the lines, what to do.
// In: a report and the sources' texts. Out: text that ends with the verdict.
// INVARIANT: a finding without a place is printed too; no credential and no
// control character of a source reaches the terminal.

import type { Diagnostic, Note, Range } from '../../contract/diagnostic.ts'
import { maskCredentials } from '../credential.ts'
import { describeVerdict, type Report } from '../report.ts'

export interface HumanOptions {
  readonly color?: boolean
  /** Source texts by file, for the frames. */
  readonly texts?: Readonly<Record<string, string>>
}

type Paint = (style: keyof typeof STYLES, text: string) => string

const STYLES = Object.freeze({
  error: 31,
  warning: 33,
  info: 36,
  faint: 2,
  bold: 1,
  good: 32,
})

/** Columns of a source line that a frame shows. */
const FRAME_WIDTH = 100

export function renderHuman(
  report: Report,
  options: HumanOptions = {},
): string {
  const { color = false, texts = {} } = options
  const paint: Paint = (style, text) =>
    color ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text
  const hidden = findHiddenLines(report.diagnostics)
  const blocks = report.diagnostics.map((one) =>
    renderFinding(one, texts, hidden, paint),
  )
  const verdict = describeVerdict(report)
  const style = report.exit === 0 ? 'good' : 'error'
  return `${[...blocks, paint(style, verdict)].join('\n\n')}\n`
}

function renderFinding(
  { at, code, severity, message, notes, help }: Diagnostic,
  texts: Readonly<Record<string, string>>,
  hidden: ReadonlySet<string>,
  paint: Paint,
): string {
  const label = severity === 'error' ? code : `${code} (${severity})`
  const place = at ? `${paint('bold', formatStart(at))}  ` : ''
  return [
    `${place}${paint(severity, label)}  ${clean(message)}`,
    ...(at ? renderFrame(at, texts[at.file], hidden, paint) : []),
    ...notes.map((note) => renderNote(note, paint)),
    ...(help ? [`  ${paint('bold', 'help:')} ${clean(help)}`] : []),
  ].join('\n')
}

function renderNote({ at, message }: Note, paint: Paint): string {
  const place = at ? `${formatStart(at)}  ` : ''
  return `  ${place}${paint('bold', 'note:')} ${clean(message)}`
}

/** The line, the one before it, and a mark below. */
function renderFrame(
  { file, start, end }: Range,
  text: string | undefined,
  hidden: ReadonlySet<string>,
  paint: Paint,
): readonly string[] {
  const lines = text?.split('\n') ?? []
  if (lines.length < start.line) return []
  const shown = lines[start.line - 1] ?? ''
  const fits = shown.length <= FRAME_WIDTH
  const from = fits ? 0 : Math.max(0, start.column - FRAME_WIDTH / 2)
  const gutter = String(start.line).length + 2
  const isHidden = (number: number) => hidden.has(`${file}:${number}`)
  const show = (number: number, line: string) =>
    `${paint('faint', `${String(number).padStart(gutter)} │`)} ${line}`
  if (isHidden(start.line)) {
    return [show(start.line, '(not shown: a secret may stand here)')]
  }
  const cut = (line: string) => clean(line).slice(from, from + FRAME_WIDTH)
  const above = lines[start.line - 2]
  const before =
    above?.trim() && !isHidden(start.line - 1)
      ? [show(start.line - 1, cut(above))]
      : []
  const length = end && end.line === start.line ? end.column - start.column : 1
  const room = Math.max(1, Math.min(length, from + FRAME_WIDTH - start.column))
  const mark = `${' '.repeat(start.column - 1 - from)}${'─'.repeat(room)}`
  const dot = paint('faint', `${' '.repeat(gutter)} ·`)
  return [
    ...before,
    show(start.line, cut(shown)),
    `${dot} ${paint('error', mark)}`,
  ]
}

/** What stands where a secret was expected, or looks like one. */
const SECRETS: readonly string[] = ['GW2013', 'GW2015']

/** Lines on which a secret may stand, and the next, where a formatter may have
 * put it: no frame may show them. */
function findHiddenLines(
  diagnostics: readonly Diagnostic[],
): ReadonlySet<string> {
  return new Set(
    diagnostics
      .filter(({ code }) => SECRETS.includes(code))
      .flatMap(({ at }) =>
        at ? [0, 1].map((next) => `${at.file}:${at.start.line + next}`) : [],
      ),
  )
}

function formatStart({ file, start }: Range): string {
  return `${file}:${start.line}:${start.column}`
}

function clean(text: string): string {
  return maskCredentials(text)
    .replaceAll('\t', ' ')
    .replaceAll(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

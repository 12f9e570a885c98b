// A report for people: place, code, message, source lines, way out.
// In: a report and the sources' texts. Out: text that ends with the verdict.
// INVARIANT: a finding without a place is printed too; no credential and no
// control character of a source reaches the terminal.

import type { Diagnostic, Note, Range } from '../../contract/diagnostic.ts'
import { clean } from '../clean.ts'
import { joinPath } from '../paths.ts'
import { describeVerdict, formatPlace, type Report } from '../report.ts'
import { joinPlain, type Plain, paint as paintPlain, plain } from '../shown.ts'

export interface HumanOptions {
  /** The root config's folder, to which places are relative. */
  readonly base?: string
  readonly color?: boolean
  /** Source texts by file, for the frames. */
  readonly texts?: Readonly<Record<string, string>>
}

type Paint = (style: keyof typeof STYLES, part: string | Plain) => Plain

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

/** Columns read on both sides of it: a credential may begin before it. */
const AROUND = 16_384

export function renderHuman(report: Report, options: HumanOptions = {}): Plain {
  const { color = false, texts = {}, base = '' } = options
  const paint: Paint = (style, part) =>
    color ? paintPlain(STYLES[style], part) : plain`${part}`
  const hidden = findHiddenLines(report.diagnostics)
  const linesOf = openLines(texts)
  const blocks = report.diagnostics.map((one) =>
    renderFinding(one, { linesOf, base, hidden, paint }),
  )
  const verdict = describeVerdict(report)
  const style = report.exit === 0 ? 'good' : 'error'
  return plain`${joinPlain([...blocks, paint(style, verdict)], '\n\n')}\n`
}

/** Each text is split once. */
function openLines(texts: Readonly<Record<string, string>>) {
  const split = new Map<string, readonly string[]>()
  return (file: string): readonly string[] => {
    const lines = split.get(file) ?? texts[file]?.split(/\r?\n/) ?? []
    split.set(file, lines)
    return lines
  }
}

interface Scene {
  readonly linesOf: (file: string) => readonly string[]
  readonly base: string
  readonly hidden: ReadonlySet<string>
  readonly paint: Paint
}

function renderFinding(finding: Diagnostic, scene: Scene): Plain {
  const { at, code, severity, message, notes } = finding
  const { paint } = scene
  const label = severity === 'error' ? code : `${code} (${severity})`
  const place = at ? plain`${paint('bold', showPlace(at, scene))}  ` : plain``
  const parts = [
    plain`${place}${paint(severity, label)}  ${message}`,
    ...renderFrame(finding, scene),
    ...notes.map((note) => renderNote(note, scene)),
    ...renderHelp(finding, paint),
  ]
  return joinPlain(parts, '\n')
}

function renderNote({ at, message }: Note, scene: Scene): Plain {
  const place = at ? plain`${showPlace(at, scene)}  ` : plain``
  return plain`  ${place}${scene.paint('bold', 'note:')} ${message}`
}

function renderHelp({ help, fix }: Diagnostic, paint: Paint) {
  const said = help ?? fix?.title
  if (!said) return []
  const offer = fix ? '  (`gateway check --fix` can write it)' : ''
  return [plain`  ${paint('bold', 'help:')} ${said}${offer}`]
}

/** The line, the one before it, and a mark below. */
function renderFrame(
  { at, label }: Diagnostic,
  { linesOf, hidden, paint }: Scene,
): readonly Plain[] {
  if (!at) return []
  const { file, start } = at
  const lines = linesOf(file)
  if (lines.length < start.line) return []
  const shown = lines[start.line - 1] ?? ''
  const fits = shown.length <= FRAME_WIDTH
  const from = fits ? 0 : Math.max(0, start.column - FRAME_WIDTH / 2)
  const gutter = String(start.line).length + 2
  const isHidden = (number: number) => hidden.has(`${file}:${number}`)
  const show = (number: number, line: string) =>
    plain`${paint('faint', `${String(number).padStart(gutter)} │`)} ${line}`
  if (isHidden(start.line)) {
    return [show(start.line, '(not shown: a secret may stand here)')]
  }
  const skipped = Math.max(0, from - AROUND)
  const cut = (line: string) => {
    const read = line
      .slice(skipped, from + FRAME_WIDTH + AROUND)
      .replace(/^\ufeff/, ' ')
      .replace(/\r$/, '')
    return cutLine(clean(read), from - skipped)
  }
  const above = lines[start.line - 2]
  const before =
    above?.trim() && !isHidden(start.line - 1)
      ? [show(start.line - 1, cut(above))]
      : []
  const dot = paint('faint', `${' '.repeat(gutter)} ·`)
  const marks = renderMarks(at, from, label).map(
    (mark) => plain`${dot} ${paint('error', mark)}`,
  )
  return [...before, show(start.line, cut(shown)), ...marks]
}

/** The part of a line that a frame shows; `…` marks what is cut. */
function cutLine(line: string, from: number): string {
  const shown = line.slice(from, from + FRAME_WIDTH)
  const begun = from > 0 ? `…${shown.slice(1)}` : shown
  const isWhole = line.length <= from + FRAME_WIDTH
  return isWhole ? begun : `${begun.slice(0, -1)}…`
}

/** A rule below the word; with a label, a branch from it. */
function renderMarks(
  { start, end }: Range,
  from: number,
  label: string | undefined,
): readonly string[] {
  const length = end && end.line === start.line ? end.column - start.column : 1
  const room = Math.max(1, Math.min(length, from + FRAME_WIDTH - start.column))
  const indent = ' '.repeat(start.column - 1 - from)
  if (!label) return [indent + '─'.repeat(room)]
  const branch = Math.min(2, Math.floor((room - 1) / 2))
  const rule = `${'─'.repeat(branch)}┬${'─'.repeat(room - branch - 1)}`
  const below = indent + ' '.repeat(branch)
  return [indent + rule, `${below}╰ ${label}`]
}

/** A text at the place of a secret, or one that looks like a secret. */
const SECRETS: readonly string[] = ['GW2013', 'GW2015']

/** Lines that may contain a secret, and the next line, where a formatter may
 * have put it: no frame shows them. */
function findHiddenLines(
  diagnostics: readonly Diagnostic[],
): ReadonlySet<string> {
  return new Set(
    diagnostics
      .filter(
        ({ code, pointer }) =>
          SECRETS.includes(code) || pointer.endsWith('/sha256'),
      )
      .flatMap(({ at }) =>
        at ? [0, 1].map((next) => `${at.file}:${at.start.line + next}`) : [],
      ),
  )
}

function showPlace(at: Range, { base }: Scene): string {
  return formatPlace({ ...at, file: joinPath(base, at.file) })
}

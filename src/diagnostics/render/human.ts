// A report for people: place, code, message, source lines, way out.
// In: a report and the sources' texts. Out: text that ends with the verdict.
// INVARIANT: a finding without a place is printed too; no credential and no
// control character of a source reaches the terminal.

import type { Diagnostic, Note, Range } from '../../contract/diagnostic.ts'
import { clean } from '../clean.ts'
import { cutColumns, measure } from '../layout.ts'
import { joinPath } from '../paths.ts'
import { describeVerdict, formatPlace, type Report } from '../report.ts'
import { fitted, joinPlain, link, type Plain, paint, plain } from '../shown.ts'

export interface HumanOptions {
  /** The root config's folder, to which places are relative. */
  readonly base?: string
  /** Source texts by file, for the frames. */
  readonly texts?: Readonly<Record<string, string>>
  /** Where a place, or a code, leads a reader whose terminal follows links. */
  readonly links?: Links
}

export interface Links {
  toPlace(file: string): string | undefined
  toCode(code: string): string
}

const TONES = Object.freeze({
  error: 'bad',
  warning: 'warn',
  info: 'note',
} as const)

/** Columns of a source line that a frame shows at most, and at least. */
const FRAME = Object.freeze({ most: 100, least: 20 })

/** Columns read on both sides of it: a credential may begin before it. */
const AROUND = 16_384

export function renderHuman(report: Report, options: HumanOptions = {}): Plain {
  const { texts = {}, base = '', links } = options
  const hidden = findHiddenLines(report.diagnostics)
  const linesOf = openLines(texts)
  const blocks = report.diagnostics.map((one) =>
    renderFinding(one, { linesOf, base, hidden, links }),
  )
  const verdict = describeVerdict(report)
  const tone = report.exit === 0 ? 'good' : 'bad'
  return plain`${joinPlain([...blocks, paint(tone, verdict)], '\n\n')}\n`
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
  readonly links: Links | undefined
}

function renderFinding(finding: Diagnostic, scene: Scene): Plain {
  const { at, code, severity, message, notes } = finding
  const label = severity === 'error' ? code : `${code} (${severity})`
  const place = at ? plain`${paint('bold', showPlace(at, scene))}  ` : plain``
  const said = paint(TONES[severity], label)
  const parts = [
    plain`${place}${link(scene.links?.toCode(code), said)}  ${message}`,
    ...renderFrame(finding, scene),
    ...notes.map((note) => renderNote(note, scene)),
    ...renderHelp(finding),
  ]
  return joinPlain(parts, '\n')
}

function renderNote({ at, message }: Note, scene: Scene): Plain {
  const place = at ? plain`${showPlace(at, scene)}  ` : plain``
  return plain`  ${place}${paint('bold', 'note:')} ${message}`
}

function renderHelp({ help, fix }: Diagnostic) {
  const said = help ?? fix?.title
  if (!said) return []
  const offer = fix ? '  (`gateway check --fix` can write it)' : ''
  return [plain`  ${paint('bold', 'help:')} ${said}${offer}`]
}

/** The line, the one before it, and a mark below. */
function renderFrame(
  { at, label }: Diagnostic,
  scene: Scene,
): readonly Plain[] {
  if (!at || scene.linesOf(at.file).length < at.start.line) return []
  return [
    fitted((columns) => {
      const frame = layFrame({ at, label }, scene, columns)
      return joinPlain(frame, '\n')
    }),
  ]
}

function layFrame(
  { at, label }: { readonly at: Range; readonly label: string | undefined },
  { linesOf, hidden }: Scene,
  columns: number | undefined,
): readonly Plain[] {
  const { file, start } = at
  const lines = linesOf(file)
  const shown = lines[start.line - 1] ?? ''
  const gutter = String(start.line).length + 2
  const room = (columns ?? Number.POSITIVE_INFINITY) - gutter - 3
  const width = Math.max(FRAME.least, Math.min(FRAME.most, room))
  const fits = shown.length <= width
  const from = fits ? 0 : Math.max(0, start.column - Math.floor(width / 2))
  const isHidden = (number: number) => hidden.has(`${file}:${number}`)
  const show = (number: number, line: string) =>
    plain`${paint('faint', `${String(number).padStart(gutter)} │`)} ${line}`
  if (isHidden(start.line)) {
    return [show(start.line, '(not shown: a secret may stand here)')]
  }
  const skipped = Math.max(0, from - AROUND)
  const cut = (line: string) => {
    const read = line
      .slice(skipped, from + width + AROUND)
      .replace(/^\ufeff/, ' ')
      .replace(/\r$/, '')
    return cutLine(clean(read), from - skipped, width)
  }
  const above = lines[start.line - 2]
  const before =
    above?.trim() && !isHidden(start.line - 1)
      ? [show(start.line - 1, cut(above))]
      : []
  const dot = paint('faint', `${' '.repeat(gutter)} ·`)
  const begun = cut(shown).slice(0, start.column - 1 - from)
  const marks = renderMarks(at, { from, width, begun }, label).map(
    (mark) => plain`${dot} ${paint('bad', mark)}`,
  )
  return [...before, show(start.line, cut(shown)), ...marks]
}

/** The part of a line that a frame shows; `…` marks what is cut. */
function cutLine(line: string, from: number, width: number): string {
  const shown = line.slice(from, from + width)
  const begun = from > 0 ? `…${shown.slice(1)}` : shown
  const isWhole = line.length <= from + width && measure(begun) <= width
  return isWhole ? begun : `${cutColumns(begun, width - 1)}…`
}

/** The part of a line that a frame shows, and its signs before the word. */
interface Window {
  readonly from: number
  readonly width: number
  readonly begun: string
}

/** A rule below the word; with a label, a branch from it. */
function renderMarks(
  { start, end }: Range,
  { from, width, begun }: Window,
  label: string | undefined,
): readonly string[] {
  const length = end && end.line === start.line ? end.column - start.column : 1
  const room = Math.max(1, Math.min(length, from + width - start.column))
  const indent = ' '.repeat(measure(begun))
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

function showPlace(at: Range, { base, links }: Scene): Plain {
  const place = formatPlace({ ...at, file: joinPath(base, at.file) })
  return link(links?.toPlace(at.file), place)
}

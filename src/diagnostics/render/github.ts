// A report as workflow commands: annotations on a pull request's files.
// In: a report, the config's folder in the repository. Out: lines for the log
// of a step, the verdict last.
// INVARIANT: no text of a config can begin or end a command.

import type { Severity } from '../../contract/diagnostic.ts'
import { count, describeVerdict, formatPlace, type Report } from '../report.ts'
import { plain, Shown } from '../shown.ts'
import {
  type PlacedFinding,
  placeAll,
  type RenderOptions,
  rowOf,
} from './findings.ts'

/** GitHub shows about as many of each kind for a step. */
const MAX = 10

const COMMANDS: Readonly<Record<Severity, string>> = Object.freeze({
  error: 'error',
  warning: 'warning',
  info: 'notice',
})

export function renderGithub(
  report: Report,
  options: RenderOptions = {},
): Shown {
  const shown: string[] = []
  const tail: string[] = []
  const left = { error: MAX, warning: MAX, info: MAX }
  for (const finding of placeAll(report, options)) {
    if (left[finding.severity]-- > 0) shown.push(writeCommand(finding))
    else tail.push(writePlain(finding))
  }
  const group =
    tail.length === 0
      ? []
      : [`::group::${count(tail.length, 'more finding')}`, ...tail, END]
  const verdict = describeVerdict(report)
  return new Shown(
    `${[...shown, ...group, ''].join('\n')}${plain`${verdict}\n`}`,
  )
}

const END = '::endgroup::'

function writeCommand(finding: PlacedFinding): string {
  const { code, severity, at, message } = finding
  const { file, start, end } = at
  const title = rowOf(code)?.title
  const properties = {
    file,
    line: start.line,
    col: start.column,
    ...(end && { endLine: end.line, endColumn: end.column }),
    title: title === undefined ? code : `${code} ${title}`,
  }
  const pairs = Object.entries(properties).map(
    ([name, value]) => `${name}=${escapeProperty(String(value))}`,
  )
  const data = escapeData([message, ...listDetails(finding)].join('\n'))
  return `::${COMMANDS[severity]} ${pairs.join(',')}::${data}`
}

function listDetails({ notes, help }: PlacedFinding): readonly string[] {
  const said = notes.map(({ at, message }) =>
    at ? `note: ${message} (${formatPlace(at)})` : `note: ${message}`,
  )
  return help ? [...said, `help: ${help}`] : said
}

function writePlain({ at, severity, code, message }: PlacedFinding): string {
  return plain`${formatPlace(at)} ${severity} ${code} ${message}`.toString()
}

function escapeData(text: string): string {
  return text
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

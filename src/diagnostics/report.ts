// The findings of a run in order, and the verdict.
// In: findings of all stages. Out: one report, from which the renderers and the
// exit code are made.
// INVARIANT: neither an error nor a missing answer gives exit 0.

import type {
  Diagnostic,
  Note,
  Range,
  Severity,
  Word,
} from '../contract/diagnostic.ts'
import { CODES, type Code } from './codes.ts'
import { mergeFindings } from './merged.ts'

/** 0 fine, 1 not fine, 2 no answer. */
export type Exit = 0 | 1 | 2

export interface Report {
  readonly command: string
  readonly exit: Exit
  readonly counts: Readonly<Record<Severity, number>>
  readonly diagnostics: readonly Diagnostic[]
  /** Digest of the table; absent without one. */
  readonly digest?: string
  /** What the reader must see beside the verdict: "no tests". */
  readonly remarks: readonly string[]
}

export interface ReportOptions {
  readonly digest?: string | undefined
  /** Nothing could be checked: no config, or no permission to read it. */
  readonly unanswerable?: boolean | undefined
  /** Warnings are not fine either. */
  readonly strict?: boolean | undefined
  readonly remarks?: readonly string[] | undefined
}

interface Extras {
  readonly help?: string
  readonly notes?: readonly Note[]
  readonly at?: Range
  readonly label?: string | undefined
  readonly word?: Word | undefined
}

/** A finding with severity and help from the code table. */
export function finding(
  code: Code,
  pointer: string,
  message: string,
  { label, word, ...extras }: Extras = {},
): Diagnostic {
  const { severity, help } = CODES[code]
  const base = { code, severity, message, pointer, notes: [], help, ...extras }
  return {
    ...base,
    ...(label !== undefined && { label }),
    ...(word && { word }),
  }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

export function makeReport(
  command: string,
  diagnostics: readonly Diagnostic[],
  options: ReportOptions = {},
): Report {
  const { digest, unanswerable, strict, remarks = [] } = options
  const ordered = orderFindings(diagnostics)
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { severity } of ordered) counts[severity]++
  const fine = counts.error === 0 && !(strict && counts.warning > 0)
  const exit = unanswerable ? 2 : fine ? 0 : 1
  const base = { command, exit, counts, diagnostics: ordered, remarks } as const
  return digest === undefined ? base : { ...base, digest }
}

/** By place, then code; findings with one cause only once. */
export function orderFindings(
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const keyed = diagnostics.map((one) => [sortKey(one), one] as const)
  const ordered = keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return mergeFindings(ordered.map(([, diagnostic]) => diagnostic))
}

/** "2 errors, 1 warning in 2 files. Not OK." */
export function describeVerdict(report: Report): string {
  const { counts, exit, remarks } = report
  const words = ['OK', 'Not OK', 'Not checked']
  const totals = `${count(counts.error, 'error')}, ${count(counts.warning, 'warning')}`
  const files = countFiles(report)
  const where = files === 0 ? '' : ` in ${count(files, 'file')}`
  const said = remarks.map((remark) => ` ${asSentence(remark)}`).join('')
  return `${totals}${where}. ${words[exit]}.${said}`
}

/** "1 finding", "2 findings". */
export function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`
}

/** `file:line:column`. */
export function formatPlace({ file, start }: Range): string {
  return `${file}:${start.line}:${start.column}`
}

function asSentence(remark: string): string {
  return `${remark.charAt(0).toUpperCase()}${remark.slice(1)}.`
}

/** Files to open: those of the findings, and of their second places. */
function countFiles({ diagnostics }: Report): number {
  const counted = diagnostics.filter(({ severity }) => severity !== 'info')
  const places = counted.flatMap(({ at, notes }) => [
    at,
    ...notes.map((note) => note.at),
  ])
  return new Set(places.flatMap((place) => (place ? [place.file] : []))).size
}

function sortKey({ at, code, pointer, message }: Diagnostic): string {
  const pad = (n = 0) => String(n).padStart(8, '0')
  const { file = '', start } = at ?? {}
  const place = [file, pad(start?.line), pad(start?.column)]
  return [...place, code, at ? '' : pointer, message].join('\0')
}

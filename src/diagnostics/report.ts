// A run's findings, put in order, and what they amount to.
// In: findings of every stage. Out: one report, from which each renderer and
// the exit code come.
// INVARIANT: an error can never give exit 0, nor the absence of an answer.

import type {
  Diagnostic,
  Note,
  Range,
  Severity,
} from '../contract/diagnostic.ts'
import { CODES, type Code } from './codes.ts'

/** 0 fine, 1 not fine, 2 could not answer. */
export type Exit = 0 | 1 | 2

export interface Report {
  readonly command: string
  readonly exit: Exit
  readonly counts: Readonly<Record<Severity, number>>
  readonly diagnostics: readonly Diagnostic[]
  /** Of the table that came out; absent when none did. */
  readonly digest?: string
}

export interface ReportOptions {
  readonly digest?: string | undefined
  /** Nothing could be judged at all: no config, no permission to read. */
  readonly unanswerable?: boolean | undefined
  /** Warnings are not fine either. */
  readonly strict?: boolean | undefined
}

interface Extras {
  readonly help?: string
  readonly notes?: readonly Note[]
  readonly at?: Range
}

/** A finding with severity and help from the code table. */
export function finding(
  code: Code,
  pointer: string,
  message: string,
  extras: Extras = {},
): Diagnostic {
  const { severity, help } = CODES[code]
  return { code, severity, message, pointer, notes: [], help, ...extras }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

export function makeReport(
  command: string,
  diagnostics: readonly Diagnostic[],
  { digest, unanswerable = false, strict = false }: ReportOptions = {},
): Report {
  const ordered = orderFindings(diagnostics)
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { severity } of ordered) counts[severity]++
  const fine = counts.error === 0 && !(strict && counts.warning > 0)
  const exit = unanswerable ? 2 : fine ? 0 : 1
  const base = { command, exit, counts, diagnostics: ordered } as const
  return digest === undefined ? base : { ...base, digest }
}

/** By place, then code; equal findings once. */
export function orderFindings(
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const byKey = new Map(diagnostics.map((one) => [sortKey(one), one]))
  return [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, diagnostic]) => diagnostic)
}

/** "2 errors, 1 warning. Not fine." */
export function describeVerdict({ counts, exit }: Report): string {
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  const words = ['Fine', 'Not fine', 'No answer']
  const totals = `${count(counts.error, 'error')}, ${count(counts.warning, 'warning')}`
  return `${totals}. ${words[exit]}.`
}

function sortKey({ at, code, pointer, message }: Diagnostic): string {
  const pad = (n = 0) => String(n).padStart(8, '0')
  const { file = '', start } = at ?? {}
  const place = [file, pad(start?.line), pad(start?.column)]
  return [...place, code, pointer, message].join('\0')
}

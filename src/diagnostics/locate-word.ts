// The word of a source that a finding is about, and the text of a fix.
// In: sources, the start of the word. Out: its range; a fix.
// INVARIANT: only a whole literal or key whose text is exactly the word, in a
// file of the config's own folder; a computed value has no fix.

import type { Diagnostic, Fix, Range, Word } from '../contract/diagnostic.ts'
import { type Language, languageOf } from '../contract/formats.ts'
import { clean } from './clean.ts'
import { quote } from './credential.ts'
import type { Sources } from './locate.ts'
import { formatPlace } from './report.ts'

/** A quoted text without escapes, or a bare key. */
const QUOTED = /^(["'`])([^"'`\\\r\n]*)\1/
const BARE = /^[A-Za-z_$][\w$]*/

/** What needs no quotes, by language; in JSON nothing. */
const BARE_IN: Readonly<Record<Language, RegExp>> = Object.freeze({
  code: BARE,
  json: /^(?!)/,
  yaml: /^[A-Za-z][\w-]*/,
  toml: /^[\w-]+/,
})

/** What may follow a key, and a value that ends there. */
const BEHIND = Object.freeze({
  key: /^(?:\s|\/\/.*(?!.)|\/\*(?:[^*]|\*(?!\/))*\*\/)*:/,
  value: /^(?:\s|\/\/.*(?!.)|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:[,\]});]|$)/,
})

/** The range of the word, if the source contains it there. */
export function spanWord(
  { texts }: Sources,
  { file, start }: Range,
  { part, was }: Word,
): Range | undefined {
  const rest = textFrom(texts[file], start)
  const literal = QUOTED.exec(rest)
  const bare = part === 'key' && BARE.exec(rest)
  const token = literal?.[0] ?? (bare || [''])[0]
  if (token === '' || (literal ? literal[2] : token) !== was) return undefined
  if (!BEHIND[part].test(rest.slice(token.length))) return undefined
  const { line, column } = start
  return { file, start, end: { line, column: column + token.length } }
}

/** Whether a key or value of a data file is exactly the word. */
export function isWord(written: string, { was }: Word): boolean {
  const [whole, , quoted] = QUOTED.exec(written) ?? []
  return whole === written ? quoted === was : written === was
}

/** The text that writes `now` there, in the form of the old text. */
export function makeFix(
  at: Range,
  word: Word,
  sources: Sources,
): Fix | undefined {
  const { now } = word
  if (now === undefined || !isOwn(at.file)) return undefined
  const language = languageOf(at.file) ?? 'code'
  const [token = ''] = textFrom(sources.texts[at.file], at.start)
    .slice(0, lengthOf(at))
    .split('\n')
  const mark = /^["'`]/.exec(token)?.[0] ?? ''
  const text = write(now, token, mark, {
    bare:
      language === 'toml' && word.part === 'value'
        ? /^(?!)/
        : BARE_IN[language],
    mark: language === 'code' ? "'" : '"',
  })
  // The fix is shown, so the shown text must be the written one.
  if (clean(text) !== text || breaksOut(now)) return undefined
  const shown = typeof now === 'object' ? text : now
  return { title: `write ${quote(shown)}`, edits: [{ at, text }] }
}

function write(
  now: NonNullable<Word['now']>,
  token: string,
  mark: string,
  other: { readonly bare: RegExp; readonly mark: string },
): string {
  if (typeof now === 'number') return String(now)
  if (typeof now !== 'string') return `[${token}]`
  if (mark !== '') return mark + now + mark
  if (other.bare.exec(now)?.[0] === now) return now
  return other.mark + now + other.mark
}

/** Between quotes it would need escapes. */
function breaksOut(now: Word['now']): boolean {
  return typeof now === 'string' && /["'`\\\r\n]|\$\{/.test(now)
}

/** Two findings with different words for one place: neither is certain. */
export function withoutConflicts(
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const wanted = new Map<string, Set<string>>()
  for (const { at, text } of diagnostics.flatMap(editsOf)) {
    const place = formatPlace(at)
    wanted.set(place, (wanted.get(place) ?? new Set()).add(text))
  }
  return diagnostics.map(({ fix, ...one }) => {
    const torn = fix?.edits.some(
      ({ at }) => wanted.get(formatPlace(at))?.size !== 1,
    )
    return fix && !torn ? { ...one, fix } : one
  })
}

function editsOf({ fix }: Diagnostic): Fix['edits'] {
  return fix?.edits ?? []
}

/** Below the root config's folder, and not in an installed package. */
function isOwn(file: string): boolean {
  const parts = file.split('/')
  return (
    !/^(?:\/|[A-Za-z]:)/.test(file) &&
    !parts.includes('..') &&
    !parts.includes('node_modules')
  )
}

function lengthOf({ start, end }: Range): number {
  return end ? end.column - start.column : 0
}

function textFrom(text = '', { line, column }: Range['start']): string {
  const lines = text.split('\n').slice(line - 1)
  return lines.join('\n').slice(column - 1)
}

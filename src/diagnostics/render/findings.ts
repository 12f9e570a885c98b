// What every form of a report says of a finding, and where.
// In: a report; where the config stands in the repository. Out: findings that
// can be shown as they are, each with a place.
// INVARIANT: none is dropped: what has no place is anchored at the config.

import type { Diagnostic, Fix, Range } from '../../contract/diagnostic.ts'
import { cleanFinding } from '../clean.ts'
import { CODES, type Code, type CodeRow } from '../codes.ts'
import type { Report } from '../report.ts'

export interface RenderOptions {
  /** The root config's folder, from where places are told: '' or `ops/gate`. */
  readonly base?: string
  /** The root config, relative to that folder. */
  readonly config?: string
}

export interface PlacedFinding extends Diagnostic {
  readonly at: Range
}

/** Where none was found, one is expected. */
const EXPECTED = 'gateway.config.ts'

export function placeAll(
  { diagnostics }: Report,
  { base = '', config }: RenderOptions = {},
): readonly PlacedFinding[] {
  const start = { line: 1, column: 1 }
  const anchor = { file: config || EXPECTED, start }
  return diagnostics.map((one) => {
    const { at = anchor, notes, fix, ...rest } = one
    const moved = {
      ...rest,
      at: moveRange(at, base),
      notes: notes.map((note) =>
        note.at ? { ...note, at: moveRange(note.at, base) } : note,
      ),
      ...(fix && { fix: moveFix(fix, base) }),
    }
    return cleanFinding(moved)
  })
}

/** `ops/gate` and `../shared/roles.ts` → `ops/shared/roles.ts`. */
export function joinPath(base: string, file: string): string {
  if (/^(?:\/|[A-Za-z]:)/.test(file)) return file
  const kept: string[] = []
  for (const part of `${base}/${file}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else kept.push(part)
  }
  return kept.join('/')
}

export function formatStart({ file, start }: Range): string {
  return `${file}:${start.line}:${start.column}`
}

export function rowOf(code: string): CodeRow | undefined {
  return CODES[code as Code]
}

/** Where a code is explained, in our own repository. */
export function docsOf(code: string): string {
  return `docs/codes.md#${code.toLowerCase()}`
}

/** "1 finding", "2 findings". */
export function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`
}

function moveRange(range: Range, base: string): Range {
  return { ...range, file: joinPath(base, range.file) }
}

function moveFix({ title, edits }: Fix, base: string): Fix {
  const moved = edits.map(({ at, text }) => ({ at: moveRange(at, base), text }))
  return { title, edits: moved }
}

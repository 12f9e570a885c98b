// The content of a finding that every form of a report shows.
// In: a report; the config's folder in the repository. Out: findings that are
// safe to show, each with a place.
// INVARIANT: no finding is dropped: without a place it gets the config's.

import type { Diagnostic, Fix, Range } from '../../contract/diagnostic.ts'
import { cleanFinding } from '../clean.ts'
import { CODES, type Code, type CodeRow } from '../codes.ts'
import { joinPath } from '../paths.ts'
import type { Report } from '../report.ts'

export interface RenderOptions {
  /** The root config's folder; places are relative to it: '' or `ops/gate`. */
  readonly base?: string
  /** The root config, relative to that folder. */
  readonly config?: string
}

export interface PlacedFinding extends Diagnostic {
  readonly at: Range
}

/** The usual name, if no config was found. */
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

export function rowOf(code: string): CodeRow | undefined {
  return CODES[code as Code]
}

/** The explanation of a code in our repository. */
export function docsOf(code: string): string {
  return `docs/codes.md#${code.toLowerCase()}`
}

function moveRange(range: Range, base: string): Range {
  return { ...range, file: joinPath(base, range.file) }
}

function moveFix({ title, edits }: Fix, base: string): Fix {
  const moved = edits.map(({ at, text }) => ({ at: moveRange(at, base), text }))
  return { title, edits: moved }
}

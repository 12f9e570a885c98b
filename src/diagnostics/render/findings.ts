// What every form of a report says of a finding, and where.
// In: a report; where the config stands in the repository. Out: findings that
// can be shown as they are, each with a place.
// INVARIANT: none is dropped: what has no place is anchored at the config.

import type { Diagnostic, Fix, Range } from '../../contract/diagnostic.ts'
import { cleanFinding } from '../clean.ts'
import { CODES, type Code, type CodeRow } from '../codes.ts'
import { joinPath } from '../paths.ts'
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

export function rowOf(code: string): CodeRow | undefined {
  return CODES[code as Code]
}

/** Where a code is explained, in our own repository. */
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

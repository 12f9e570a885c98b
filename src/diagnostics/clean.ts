// Makes text of others safe to show in any form.
// In: a text that a config, a file, a server or a caller wrote. Out: one line.
// INVARIANT: no credential, and nothing that moves a cursor, breaks a line,
// turns the direction of writing, is invisible, or commands a CI runner.

import type { Diagnostic, Fix, Note, Range } from '../contract/diagnostic.ts'
import { maskCredentials } from './credential.ts'
import { UNSEEN } from './unseen.ts'

/** Blanks of other widths; runs of marks that would cover other lines. */
const BLANK = /[\t\p{Zs}]/gu
const PILED = /(?<=\p{M}{3})\p{M}/gu

/** The runner of GitHub Actions looks for this anywhere in a line. */
const COMMAND = /##(?=\[)/g

/** Keeps the length, except for credentials: so marks below a line fit. */
export function clean(text: string): string {
  // Nearly every text is plain and needs no change.
  if (/^[ -"$-~]*$/.test(text)) return maskCredentials(text)
  return maskCredentials(text)
    .replaceAll(BLANK, ' ')
    .replaceAll(UNSEEN, (sign) => '\ufffd'.repeat(sign.length))
    .replaceAll(PILED, (sign) => '\ufffd'.repeat(sign.length))
    .replaceAll(COMMAND, '#\ufffd')
}

/** A finding whose texts are all safe to show. The text of a fix is safe too,
 * or the finding has no fix (locate-word.ts). */
export function cleanFinding<T extends Diagnostic>(finding: T): T {
  const { message, pointer, notes, at, label, help, fix } = finding
  return {
    ...finding,
    message: clean(message),
    pointer: clean(pointer),
    notes: notes.map(cleanNote),
    ...(at && { at: cleanRange(at) }),
    ...(label !== undefined && { label: clean(label) }),
    ...(help !== undefined && { help: clean(help) }),
    ...(fix && { fix: cleanFix(fix) }),
  }
}

function cleanFix({ title, edits }: Fix): Fix {
  return {
    title: clean(title),
    edits: edits.map(({ at, text }) => ({ at: cleanRange(at), text })),
  }
}

function cleanNote({ message, pointer, at }: Note): Note {
  return {
    message: clean(message),
    ...(pointer !== undefined && { pointer: clean(pointer) }),
    ...(at && { at: cleanRange(at) }),
  }
}

function cleanRange(range: Range): Range {
  return { ...range, file: clean(range.file) }
}

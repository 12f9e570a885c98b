// What of foreign text may be shown, whatever shows it.
// In: a text that a config, a file or a tool wrote. Out: one line of it.
// INVARIANT: no credential, and nothing that moves a cursor, breaks a line,
// turns the direction of writing or is not to be seen.

import type { Diagnostic, Fix, Note, Range } from '../contract/diagnostic.ts'
import { maskCredentials } from './credential.ts'

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/** Keeps the length, unless a credential goes: marks below a line fit. */
export function clean(text: string): string {
  return maskCredentials(text)
    .replaceAll('\t', ' ')
    .replaceAll(UNSEEN, (sign) => '\ufffd'.repeat(sign.length))
}

/** A finding all of whose texts can be shown. What its fix writes can be, or
 * there is no fix (locate-word.ts). */
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

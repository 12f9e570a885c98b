// What a reader of JSON, YAML or TOML gives, and what it may find.
// In: nothing but a text's faults. Out: types, and the faults as findings.
// INVARIANT: a fault stands at a span of the text; a value comes with none.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Code } from '../diagnostics/codes.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import {
  MAX_DEPTH,
  openRanges,
  type Span,
  type Written,
} from '../diagnostics/written.ts'

export interface Parsed {
  readonly value?: unknown
  readonly tree?: Written
  readonly faults: readonly Fault[]
}

export interface Fault {
  readonly code: Code
  readonly span: Span
  readonly message: string
  readonly help?: string
  /** The other half: what it says, and where it stands. */
  readonly note?: { readonly message: string; readonly span: Span }
}

/** Of a merge that is not resolved, its marks say more than any fault. */
function findConflict(
  text: string,
  [first]: readonly Fault[],
): Fault | undefined {
  const match = first && /^<{7} .*$/m.exec(text)
  if (!match) return undefined
  const span = { start: match.index, end: match.index + 7 }
  return { code: first.code, span, ...CONFLICT }
}

export const CONFLICT = Object.freeze({
  message: 'a merge conflict is not resolved here',
  help: 'keep what is meant, and remove the lines of marks',
})

export function describeFaults(
  faults: readonly Fault[],
  pointer: string,
  text: string,
  file: string,
): readonly Diagnostic[] {
  const rangeOf = openRanges(text, file)
  const conflict = findConflict(text, faults)
  const told = conflict ? [conflict] : faults
  return told.slice(0, MAX_TOLD).map(({ code, span, message, help, note }) =>
    finding(code, pointer, message, {
      at: rangeOf(span),
      ...(help !== undefined && { help }),
      ...(note && {
        notes: [{ message: note.message, at: rangeOf(note.span) }],
      }),
    }),
  )
}

/** The same words whatever the language. */
export function describeTwice(key: string) {
  return {
    message: `the key ${quote(key)} is written twice`,
    note: `${quote(key)} is first written here`,
  }
}

export function faultTwice(key: string, first: Span, again: Span): Fault {
  const { message, note } = describeTwice(key)
  return {
    code: 'GW1018',
    span: again,
    message,
    note: { message: note, span: first },
  }
}

/** Readers stop there: what they call is recursive, and so are later stages. */
export function faultDeep(span: Span): Fault {
  return { code: 'GW1017', span, ...DEEP }
}

const DEEP = Object.freeze({
  message: `this is nested deeper than ${MAX_DEPTH} levels`,
  help: 'no key of a config is as deep as that: write it flat',
})

/** Nobody reads more of one kind at once. */
const MAX_TOLD = 50

/** What these languages can write and a config cannot hold. */
export function findStrange(
  value: unknown,
  pointer: string,
): readonly Diagnostic[] {
  return listStrange(value, pointer, 0).slice(0, MAX_TOLD)
}

function listStrange(
  value: unknown,
  pointer: string,
  depth: number,
): readonly Diagnostic[] {
  if (typeof value === 'number' || typeof value === 'bigint') {
    const what = describeNumber(value)
    if (!what) return []
    const message = `${showPath(pointer)} is ${what}`
    const help = 'write a smaller number, or a text'
    return [finding('GW1012', pointer, message, { help })]
  }
  if (typeof value !== 'object' || value === null) return []
  if (depth > MAX_DEPTH) {
    return [finding('GW1017', pointer, DEEP.message, { help: DEEP.help })]
  }
  return Object.entries(value)
    .filter(([, member]) => typeof member !== 'string')
    .flatMap(([key, member]) =>
      listStrange(member, joinPointer(pointer, key), depth + 1),
    )
}

function describeNumber(value: number | bigint): string | undefined {
  if (typeof value === 'bigint') return BEYOND
  if (!Number.isFinite(value)) return 'not a finite number'
  // Two that are written differently would be the same.
  const safe = !Number.isInteger(value) || Number.isSafeInteger(value)
  return safe ? undefined : BEYOND
}

const BEYOND = 'a whole number beyond 2^53, which is not kept exactly'

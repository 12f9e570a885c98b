// Where a config names programs that print secrets.
// In: an authored value, of any shape. Out: the list of each, and its place.
// INVARIANT: every `exec` of a reference, wherever a reference may stand.

import { joinPointer } from '../diagnostics/pointer.ts'

export interface NamedProgram {
  /** The place of the reference. */
  readonly pointer: string
  readonly exec: readonly string[]
}

/** Keys whose value is a reference. */
const HOLDERS = ['secret', 'bearer']

export function listPrograms(
  value: unknown,
  pointer = '',
  isReference = false,
): readonly NamedProgram[] {
  if (typeof value !== 'object' || value === null) return []
  const { exec } = value as { readonly exec?: unknown }
  if (isReference && Array.isArray(exec)) return [{ pointer, exec }]
  return Object.entries(value).flatMap(([key, member]) =>
    listPrograms(member, joinPointer(pointer, key), HOLDERS.includes(key)),
  )
}

// What an edit of a config file speaks of: entries, where they are, formats.
// In: nothing. Out: types, and the fault that every format throws.
// INVARIANT: a fault names a line, and never a value of the file.

/** A member of a map, or an item of a list that one of its members names. */
export type Where =
  | { readonly section: readonly string[]; readonly key: string }
  | {
      readonly section: readonly string[]
      readonly item: { readonly member: string; readonly is: string }
    }

export interface Entry {
  readonly where: Where
  readonly value: unknown
}

export type FormatName = 'json' | 'toml' | 'yaml'

/** Reads and writes one kind of file. All of them may throw EditFault. */
export interface Format {
  /** Plain data; undefined for an empty text. */
  read(text: string): unknown
  put(text: string, entry: Entry): string
  remove(text: string, where: Where): string
}

/** Why a file cannot be changed without risk. */
export class EditFault extends Error {}

type Members = Readonly<Record<string, unknown>>

export function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

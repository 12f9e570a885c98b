// A server of the config to be written, and what is to be said of it.
// In: nothing. Out: types, and the few ways to add a remark.
// INVARIANT: `server` is what an author would write, as plain data: literals
// of it are no credentials, and its references name variables.

import { ask, type Dropped, type Entry, type Origin } from './entry.ts'
import type { Variables } from './variables.ts'
import type { Shelves } from './versions.ts'

export type Authored = Readonly<Record<string, unknown>>

export interface Draft {
  readonly name: string
  readonly origins: readonly Origin[]
  readonly server: Authored
  readonly description?: string
  /** What nobody but a person can decide, by key of the server. */
  readonly questions: ReadonlyMap<string, readonly string[]>
  /** What was decided, by key of the server. */
  readonly remarks: ReadonlyMap<string, readonly string[]>
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly dropped: readonly Dropped[]
}

/** What turning an entry needs beside the entry. */
export interface Turning {
  readonly entry: Entry
  /** The key of the server in the config. */
  readonly name: string
  readonly remarks: Map<string, readonly string[]>
  readonly variables: Variables
  readonly home: string | undefined
  readonly shelves: Shelves
  /** Names of the variables of an `envFile`; undefined if it is not here. */
  readonly readNames: (entry: Entry) => readonly string[] | undefined
}

export function remark(
  { remarks }: Turning,
  about: string,
  text: string,
): void {
  ask({ questions: remarks }, about, text)
}

/** `github-prod` → `GITHUB_PROD`. */
export function toUpper(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}

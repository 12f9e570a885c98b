// The lock: what servers offer, as a reviewer last saw it.
// In: nothing. Out: types and constants alone.
// INVARIANT: definitions are the servers' own words; each server's digest is
// over all of them, so that an edit by hand cannot pass for a reading.

/** Beside the root config; written by `gateway lock`. */
export const LOCK_FILE = 'gateway.lock.json'

/** Tool names for the editor, written with the lock. */
export const TYPES_FILE = 'gateway-env.d.ts'

export const LOCK_FORMAT = 1

/** A tool, a prompt or a resource template, as its server describes it. */
export type Definition = Readonly<Record<string, unknown>>

/** What is locked of a server; each list is in the order of its names. */
export interface LockedServer {
  readonly protocolVersion: string
  /** Absent where the server named itself in no readable way. */
  readonly serverInfo?: Definition
  readonly instructions?: string
  readonly tools: readonly Definition[]
  readonly prompts: readonly Definition[]
  readonly resourceTemplates: readonly Definition[]
  /** Hex SHA-256 over the canonical JSON (RFC 8785) of all the above. */
  readonly sha256: string
}

/** What gateway.lock.json holds. */
export interface Lock {
  readonly formatVersion: typeof LOCK_FORMAT
  readonly servers: Readonly<Record<string, LockedServer>>
}

/** The lists of a LockedServer, and the member that names a definition. */
export const LOCKED_LISTS = Object.freeze({
  tools: 'name',
  prompts: 'name',
  resourceTemplates: 'uriTemplate',
} as const)

export type LockedList = keyof typeof LOCKED_LISTS

/** Names with the hex SHA-256 of each definition's canonical JSON. */
export type LockedNames = Readonly<
  Record<LockedList, Readonly<Record<string, string>>>
>

/** What a tool may do to the world, by its own annotations. */
export type Risk = 'destructive' | 'unknown' | 'additive' | 'read-only'

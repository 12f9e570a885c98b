// The lock: what servers offer, as it was last reviewed.
// In: nothing. Out: only types and constants.
// INVARIANT: definitions are the servers' own texts; each server's digest
// covers all of them, so that an edit by hand is detected.

/** File beside the root config; written by `gateway lock`. */
export const LOCK_FILE = 'gateway.lock.json'

/** File with the tool names for the editor, written with the lock. */
export const TYPES_FILE = 'gateway-env.d.ts'

export const LOCK_FORMAT = 1

/** A tool, a prompt or a resource template, as its server describes it. */
export type Definition = Readonly<Record<string, unknown>>

/** What is locked for one server; each list is sorted by name. */
export interface LockedServer {
  readonly protocolVersion: string
  /** Absent if the server gave no readable name. */
  readonly serverInfo?: Definition
  readonly instructions?: string
  readonly tools: readonly Definition[]
  readonly prompts: readonly Definition[]
  readonly resourceTemplates: readonly Definition[]
  /** Hex SHA-256 of the canonical JSON (RFC 8785) of all members above. */
  readonly sha256: string
}

/** The content of gateway.lock.json. */
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

/** Names with the hex SHA-256 of the canonical JSON of each definition. */
export type LockedNames = Readonly<
  Record<LockedList, Readonly<Record<string, string>>>
>

/** The effect of a tool, by its own annotations. */
export type Risk = 'destructive' | 'unknown' | 'additive' | 'read-only'

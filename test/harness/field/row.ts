// What is known of a file of a client, and of one of its servers.
// In: nothing. Out: types.
// INVARIANT: a server is served, or a row says why it is not.

export interface Row {
  /** Variables that the import must ask for, each with its value. */
  readonly secrets: Readonly<Record<string, string>>
  readonly servers: Readonly<Record<string, FieldServer>>
}

export type FieldServer = Served | Unserved

/** What the client itself starts or reaches. @HOME@, @FOLDER@ and @TRACKER@
 * stand for places of the trial. */
export interface Served {
  readonly command?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The only tools that the client itself shows; or those that it hides. */
  readonly only?: readonly string[]
  readonly without?: readonly string[]
  readonly why?: string
}

export type Unserved =
  /** It is in the config, and cannot run here. */
  | { readonly elsewhere: string }
  | { readonly disabled: string }
  /** It is not in the config; the report of the import says why. */
  | { readonly dropped: RegExp }

export function isServed(server: FieldServer): server is Served {
  return !('elsewhere' in server || 'disabled' in server || 'dropped' in server)
}

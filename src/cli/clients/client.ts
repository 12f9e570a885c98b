// What `connect` has to know of an MCP client.
// In: nothing. Out: types.
// INVARIANT: a client is data and small functions of an address and a text for
// the token; nothing here reads a file or a token.

import type { Entry, FormatName, Where } from './edit/format.ts'

/** How the token reaches the client:
 * - `variable`: its config names an environment variable;
 * - `asked`: it asks once, and keeps the token in the store of the system;
 * - `written`: the token itself is in the file. */
export type TokenWay = 'variable' | 'asked' | 'written'

/** The address of the endpoint, and the text that stands for the token. */
export interface Filled {
  readonly url: string
  readonly token: string
}

export type System = 'linux' | 'darwin' | 'win32'

export interface ConfigFile {
  readonly format: FormatName
  /** Below the home folder, or below APPDATA for `%APPDATA%/…`; one for each
   * system where it differs. Undefined: it has no place of its own. */
  readonly user?: string | Readonly<Record<System, string>>
  /** Below a project; committed with it. */
  readonly project?: string
  readonly where: Where
  readonly value: (filled: Filled) => unknown
  /** More entries that it needs, such as the question for a token. */
  readonly beside?: readonly Entry[]
}

/** A link or a command that does the same. */
export interface Shortcut {
  readonly kind: 'link' | 'command'
  readonly write: (filled: Filled) => string
}

/** What the client does to the names and the schemas of tools. */
export interface Bounds {
  /** Its own text before a tool's name. */
  readonly prefix: string
  /** Characters that a name may have, prefix included. */
  readonly name?: { readonly most: number; readonly beyond: string }
  readonly tools?: { readonly most: number; readonly beyond: string }
  /** Members of an input schema that it leaves out. */
  readonly drops?: readonly string[]
}

export interface Client {
  /** As on the command line. */
  readonly name: string
  readonly title: string
  readonly token: TokenWay
  /** What stands for the token: `${env:GATEWAY_TOKEN}`. */
  readonly variable?: string
  readonly file?: ConfigFile
  /** For clients that are configured by hand or by code: what to paste. */
  readonly paste?: {
    readonly into: string
    readonly write: (filled: Filled) => string
  }
  readonly shortcuts?: readonly Shortcut[]
  readonly bounds?: Bounds
  /** It calls from the internet: this host and a private network are out of its
   * reach. */
  readonly isRemote?: true
  /** The newest protocol version of sessions that it speaks, and its name in
   * the handshake. */
  readonly speaks: { readonly version: string; readonly as: string }
  /** What else the developer must know. */
  readonly notes?: readonly string[]
  /** Run by us on what is written here, at this version. */
  readonly tried?: string
}

/** The key of the gateway in every client: short, and without `_`. */
export const KEY = 'gateway'

export const VARIABLE = 'GATEWAY_TOKEN'

/** As shells write it, and as editors do. */
export const IN_BRACES = `\${${VARIABLE}}`
export const AS_EDITORS = `\${env:${VARIABLE}}`

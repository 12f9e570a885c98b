// The settings of a table that refer to no name: listener, caps, audit.
// In: nothing. Out: only types, with every default filled in.
// INVARIANT: durations are milliseconds, sizes bytes.

export interface Listen {
  readonly host: string
  readonly port: number
  readonly path: string
  /** Allowed Host values without a port; null: loopback names only. */
  readonly hosts: readonly string[] | null
  /** Allowed Origin values; null: loopback origins on a loopback host. */
  readonly origins: readonly string[] | null
  /** The origin at which people reach the listener; null: its own address. */
  readonly publicUrl: string | null
  readonly tls: ListenTls | null
  /** CIDR blocks of peers whose X-Forwarded-For and Forwarded are read. */
  readonly behindProxy: readonly string[]
}

/** Paths; with `clientCa`, clients need a certificate of it. */
export interface ListenTls {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | null
}

export interface Caps {
  /** Bytes of a request body, bytes of one upstream message. */
  readonly request: number
  readonly message: number
  /** Nesting depth of a JSON message. */
  readonly depth: number
  /** Open streams of one token; all open connections. */
  readonly streams: number
  readonly connections: number
}

export type ArgumentMode = 'none' | 'keys' | 'digest' | 'values'

export interface AuditSettings {
  readonly file: string
  readonly arguments: ArgumentMode
  readonly onFailure: 'refuse' | 'allow'
  readonly fsync: boolean
  /** Milliseconds and bytes. */
  readonly keep: { readonly age: number; readonly size: number }
  readonly rotate: { readonly size: number; readonly every: number }
  /** Server → tool → JSON pointers of arguments that are kept or masked. */
  readonly tools: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly select: readonly string[] | null
            readonly redact: readonly string[]
          }
        >
      >
    >
  >
}

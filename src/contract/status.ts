// What the admin listener returns and `gateway status` prints.
// In: nothing. Out: only types.
// INVARIANT: only names and numbers; no secret, no argument, no answer.

/** An account at a server that somebody has signed in to. */
export interface AccountStatus {
  /** Null: the gateway's own. */
  readonly subject: string | null
  /** Names it in the audit. */
  readonly grant: string
  readonly issuer: string
  /** `ended`: somebody must sign in again. */
  readonly state: 'connected' | 'ended'
  /** ISO instants: of the sign-in, of the last renewal, of an end that is
   * known. */
  readonly since: string
  readonly renewed: string
  readonly until: string | null
  readonly scopes: readonly string[]
  /** Why the last renewal failed. */
  readonly trouble: string | null
}

export interface ServerStatus {
  readonly name: string
  /** The title, or the name where the config has no title. */
  readonly title: string
  readonly type: 'http' | 'stdio'
  /** `idle`: not needed by a call yet; `unauthorized`: it refuses the gateway's
   * credentials, or the gateway cannot sign in; `failing`: calls are stopped
   * because it keeps failing;
   * `disabled`: by the config, and not started. */
  readonly state:
    | 'idle'
    | 'starting'
    | 'up'
    | 'down'
    | 'unauthorized'
    | 'failing'
    | 'disabled'
  /** Why the upstream is not up. */
  readonly reason: string | null
  /** How requests to it leave the gateway: `through proxy …`, or why directly;
   * null where the config names no proxy for it. */
  readonly exit: string | null
  /** As whom the gateway is signed in, and until when; null without `auth`. */
  readonly signIn: string | null
  /** Empty for a server that nobody signs in to. */
  readonly accounts: readonly AccountStatus[]
  /** What is wrong with some of its lists, with its names, or with its lock. */
  readonly problems: readonly string[]
  /** ISO instant of the last change of state. */
  readonly since: string
  /** What is offered to clients, before roles apply. */
  readonly tools: number
  readonly prompts: number
  readonly resources: number
  /** Locked names that clients do not get: they differ from the lock, or the
   * server no longer lists them. */
  readonly withheld: number
  /** Whether clients' lists have what it offers: it was read, or is locked. */
  readonly listed: boolean
  readonly sessions: number
  readonly inFlight: number
  /** Calls that wait for a place. */
  readonly queued: number
  /** Attempts to connect again after a connection was lost. */
  readonly reconnects: number
  /** Messages of the upstream that belonged to no call and were dropped. */
  readonly strays: number
}

/** What the runtime reports of one upstream. */
export type UpstreamStatus = Omit<
  ServerStatus,
  'tools' | 'prompts' | 'resources' | 'withheld' | 'listed'
>

/** The company's login. */
export interface LoginStatus {
  readonly issuer: string
  readonly path: string
  /** Those that the provider has published; 0: none was needed yet. */
  readonly keys: number
  /** Seconds since they were fetched. */
  readonly keysAge: number | null
  /** Why the provider was not asked with success the last time. */
  readonly problem: string | null
  /** Logouts that the provider has sent since the start. */
  readonly logouts: number
  /** Null: the gateway has no authorization server of its own. */
  readonly server: LoginServerStatus | null
}

/** The authorization server of the gateway. */
export interface LoginServerStatus {
  /** Those that have registered themselves. */
  readonly clients: number
  readonly people: number
  /** Those that clients may renew. */
  readonly signIns: number
  /** Requests of clients since the start: authorizations, tokens, registrations. */
  readonly refused: number
}

/** The use of one tool by one token in the last minutes. */
export interface CallerStatus {
  /** The token's id, never the token. */
  readonly token: string
  readonly subject: string
  readonly team: string | null
  readonly server: string
  /** Upstream name; a name in parentheses stands for several. */
  readonly tool: string
  readonly calls: number
  /** How many of these calls. */
  readonly refused: number
}

/** Number of token records by their state now; `expiring` are valid for less
 * than 14 more days, `revoked` are revoked by the config or by this host. */
export type TokenCounts = Readonly<
  Record<'good' | 'expiring' | 'early' | 'expired' | 'revoked', number>
>

/** A counter of a limit that is near its bound. */
export interface LimitStatus {
  readonly limit: string
  /** Whom it counts; `all`: everybody. */
  readonly bucket: string
  readonly used: number
  readonly of: number
  /** Until the counter is empty again; 0: when the calls have ended. */
  readonly refillMs: number
}

/** The last time a changed config was compiled. */
export interface ReloadStatus {
  readonly at: string
  readonly verdict: 'accepted' | 'unchanged' | 'rejected'
  /** Why the config was rejected. */
  readonly findings: readonly string[]
  /** Keys that changed and take effect only at the next start. */
  readonly atNextStart: readonly string[]
}

export interface AuditStatus {
  readonly file: string
  /** Written by this process. */
  readonly records: number
  /** Number of the last record, and the line of the last checkpoint. A copy of
   * that line kept elsewhere shows whether the trail was cut. */
  readonly seq: number
  readonly checkpoint: string | null
  /** Why no record can be written now, or soon. */
  readonly problem: string | null
  /** Writes that failed, and the last of them. */
  readonly failures: number
  readonly lastFailure: { readonly at: string; readonly reason: string } | null
  /** Time from a record to the end of its write, for the last record. */
  readonly lagMs: number
}

/** The certificate that new connections get. */
export interface CertificateStatus {
  readonly file: string
  /** Whom it is for, as it says itself. */
  readonly names: string
  /** When the first certificate of its chain ends. */
  readonly expires: string
  /** That it ends within 21 days, has ended, or has not begun. */
  readonly warning: string | null
  /** The authorities of client certificates, with `listen.tls.clientCa`. */
  readonly clients: {
    readonly expires: string
    readonly warning: string | null
  } | null
  /** Why the files, which have changed, are not in force. */
  readonly problem: string | null
}

/** Where spans are sent, if `telemetry` is set. */
export interface TraceStatus {
  readonly exported: number
  /** Spans not exported: no room, or the collector refused them. */
  readonly dropped: number
  readonly queued: number
  /** Failed exports, and the cause of the last failure, until one succeeds. */
  readonly failures: number
  readonly problem: string | null
}

export interface Status {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly url: string
  readonly ready: boolean
  /** The running table, and the last rejected one, if it is newer. */
  readonly table: {
    readonly digest: string
    readonly since: string
    /** Commit, with `-dirty` if the files differ from it; absent if unknown. */
    readonly revision: string | null
  }
  readonly rejected: {
    readonly at: string
    readonly digest: string | null
    readonly findings: readonly string[]
  } | null
  readonly reloads: {
    readonly accepted: number
    readonly rejected: number
    readonly last: ReloadStatus | null
  }
  readonly servers: readonly ServerStatus[]
  readonly sessions: number
  readonly streams: number
  readonly calls: {
    readonly admitted: number
    readonly refused: number
    readonly inFlight: number
  }
  readonly tokens: TokenCounts
  /** Null: the table has none. */
  readonly login: LoginStatus | null
  /** In the last five minutes, the busiest first. */
  readonly callers: readonly CallerStatus[]
  /** The fullest first. */
  readonly limits: readonly LimitStatus[]
  readonly audit: AuditStatus
  /** Null: no TLS. */
  readonly certificate: CertificateStatus | null
  /** Null: no traces. */
  readonly traces: TraceStatus | null
}

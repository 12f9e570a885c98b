// What the admin listener tells, and `gateway status` prints.
// In: nothing. Out: types alone.
// INVARIANT: names and numbers only; no secret, no argument, no answer.

export interface ServerStatus {
  readonly name: string
  /** The name, where the config says no other. */
  readonly title: string
  readonly type: 'http' | 'stdio'
  /** `idle`: nothing has asked for it yet; `unauthorized`: it refuses the
   * gateway's credentials; `failing`: calls are held back, for it keeps failing;
   * `disabled`: by the config, and not started. */
  readonly state:
    | 'idle'
    | 'starting'
    | 'up'
    | 'down'
    | 'unauthorized'
    | 'failing'
    | 'disabled'
  /** Why it is not up. */
  readonly reason: string | null
  /** What is wrong with single lists of it, with its names, or with its lock. */
  readonly problems: readonly string[]
  /** ISO instant of the last change of state. */
  readonly since: string
  /** What clients are offered of it, before roles. */
  readonly tools: number
  readonly prompts: number
  readonly resources: number
  /** Locked names that clients do not get: they differ from the lock, or are
   * no longer listed. */
  readonly withheld: number
  readonly sessions: number
  readonly inFlight: number
  /** Calls that wait for a place. */
  readonly queued: number
  /** Attempts to reach it again after it was lost. */
  readonly reconnects: number
  /** Messages of it that belonged to nobody, and reached nobody. */
  readonly strays: number
}

/** What an upstream knows of itself. */
export type UpstreamStatus = Omit<
  ServerStatus,
  'tools' | 'prompts' | 'resources' | 'withheld'
>

/** One token's use of one tool in the last minutes. */
export interface CallerStatus {
  /** Its id, never the token. */
  readonly token: string
  readonly subject: string
  readonly team: string | null
  readonly server: string
  /** Upstream name; in parentheses what stands for several. */
  readonly tool: string
  readonly calls: number
  /** Of these. */
  readonly refused: number
}

/** Records of tokens by what they are now; `expiring` are good for less than 14
 * days more, `revoked` what the config or this host took away. */
export type TokenCounts = Readonly<
  Record<'good' | 'expiring' | 'early' | 'expired' | 'revoked', number>
>

/** A bucket of a limit that is near its bound. */
export interface LimitStatus {
  readonly limit: string
  /** Whose it is; `all`: everybody's. */
  readonly bucket: string
  readonly used: number
  readonly of: number
  /** Until it is as good as new; 0: when the calls have ended. */
  readonly refillMs: number
}

/** The last reading of a changed config. */
export interface ReloadStatus {
  readonly at: string
  readonly verdict: 'accepted' | 'unchanged' | 'rejected'
  /** Why it was rejected. */
  readonly findings: readonly string[]
  /** Keys that changed and take effect at the next start only. */
  readonly atNextStart: readonly string[]
}

export interface AuditStatus {
  readonly file: string
  /** Written by this process. */
  readonly records: number
  /** Place of the last record in the chain, and the line of the last
   * checkpoint: kept elsewhere, it shows whoever cuts the trail short. */
  readonly seq: number
  readonly checkpoint: string | null
  /** Why none can be written, or soon none will be. */
  readonly problem: string | null
  /** Writes that failed, and the last of them. */
  readonly failures: number
  readonly lastFailure: { readonly at: string; readonly reason: string } | null
  /** From a record to its return from the kernel, the last time. */
  readonly lagMs: number
}

/** Where spans go, while `telemetry` is set. */
export interface TraceStatus {
  readonly exported: number
  /** Not exported: no room, or the collector did not want them. */
  readonly dropped: number
  readonly queued: number
  /** Exports that failed, and why the last one did, until one succeeds. */
  readonly failures: number
  readonly problem: string | null
}

export interface Status {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly url: string
  readonly ready: boolean
  /** The running table, and the last one that was refused, if it came later. */
  readonly table: {
    readonly digest: string
    readonly since: string
    /** Commit, with `-dirty` where the files differ from it; if known. */
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
  /** Of the last five minutes, the busiest first. */
  readonly callers: readonly CallerStatus[]
  /** The fullest first. */
  readonly limits: readonly LimitStatus[]
  readonly audit: AuditStatus
  /** Null: nothing is traced. */
  readonly traces: TraceStatus | null
}

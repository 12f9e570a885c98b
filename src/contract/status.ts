// What the admin listener tells, and `gateway status` prints.
// In: nothing. Out: types alone.
// INVARIANT: names and numbers only; no secret, no argument, no answer.

export interface ServerStatus {
  readonly name: string
  readonly type: 'http' | 'stdio'
  /** `idle`: nothing has asked for it yet. */
  readonly state: 'idle' | 'up' | 'down'
  /** Why it is down. */
  readonly reason: string | null
  /** What is wrong with single lists of it. */
  readonly problems: readonly string[]
  /** ISO instant of the last change of state. */
  readonly since: string
  readonly tools: number
  readonly prompts: number
  readonly resources: number
  readonly sessions: number
  readonly inFlight: number
}

export interface Status {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly url: string
  readonly ready: boolean
  /** The running table, and the last one that was refused, if it came later. */
  readonly table: { readonly digest: string; readonly since: string }
  readonly rejected: {
    readonly at: string
    readonly digest: string | null
    readonly findings: readonly string[]
  } | null
  readonly servers: readonly ServerStatus[]
  readonly sessions: number
  readonly streams: number
  readonly calls: {
    readonly admitted: number
    readonly refused: number
    readonly inFlight: number
  }
  readonly audit: {
    readonly file: string
    /** Written by this process. */
    readonly records: number
    /** Why none can be written, or soon none will be. */
    readonly problem: string | null
  }
}

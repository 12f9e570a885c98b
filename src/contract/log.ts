// Where a gateway writes what happens to it.
// In: nothing. Out: only types.
// INVARIANT: loggers of `pino` fit.

/** A message alone; or details, or an error, and what they are about. */
export type LogMethod = (detail: unknown, message?: string) => void

export interface Logger {
  readonly error: LogMethod
  readonly warn: LogMethod
  readonly info: LogMethod
  readonly debug: LogMethod
  /** Writes what is not written yet. */
  flush(): void
}

// What the requests of one identity to a server carry.
// INVARIANT: `authorization` is never in a log, a status or an error.

import type { SignInFailure } from './problem.ts'

export interface Credential {
  /** The header; '' while there is no token. */
  readonly authorization: string
  /** Why there is no token; undefined while there is one, or none was needed. */
  readonly failure: SignInFailure | undefined
  /** Whether requests can be sent now. Renews a token near its end beside them. */
  keepFresh(): boolean
  /** Rejects with a SignInFailure. */
  obtain(): Promise<void>
  /** Judges a refusal of the server: `used` is the header that it refused.
   * Resolves when the request may be sent again; undefined: the refusal counts.
   * Rejects with a SignInFailure. */
  judge(
    used: string,
    status: number,
    challenge: string,
  ): Promise<void> | undefined
}

// What an authorization server has granted: to a person, or to the gateway.
// INVARIANT: it holds tokens: it is only sealed, and sent to whom it is for.

export interface Grant {
  /** Null: the gateway. */
  readonly subject: string | null
  readonly server: string
  readonly issuer: string
  /** The client that it was granted to; no other can renew it. */
  readonly client: string
  /** `ended`: no token is left. */
  readonly state: 'connected' | 'ended'
  readonly accessToken: string
  /** Null: it cannot be renewed. */
  readonly refreshToken: string | null
  /** What was asked for in the browser, and what was granted. */
  readonly requested: readonly string[]
  readonly scopes: readonly string[]
  /** Wall-clock milliseconds: of the sign-in; of the last token request; of the
   * end of the access token, null: not known. */
  readonly since: number
  readonly renewed: number
  readonly ends: number | null
  /** Why it has ended; one line. */
  readonly reason?: string
  /** The company's provider has vouched for the person: it can be asked again. */
  readonly isVouched?: true
}

// Why there is no value of a secret.
// INVARIANT: the message is fit for a log: it names the reference, never the
// content.

export class MissingSecret extends Error {
  readonly code = 'ESECRET'
  /** What it is, where it is no secret. */
  readonly state: string | undefined

  constructor(message: string, state?: string) {
    super(message)
    this.state = state
  }
}

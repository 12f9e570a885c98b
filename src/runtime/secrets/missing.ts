// Why there is no value of a secret.
// INVARIANT: the message is fit for a log: it names the reference, never the
// content.

export class MissingSecret extends Error {
  readonly code = 'ESECRET'
}

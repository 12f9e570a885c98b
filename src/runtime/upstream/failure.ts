// Why an upstream call gave no answer.
// In: nothing. Out: the kinds, and what a client may read of them.
// INVARIANT: `detail` is for the log; the text for a client names the server
// and never its internals.

export type FailureKind =
  | 'unreachable'
  | 'ended'
  | 'timeout'
  | 'garbage'
  | 'busy'
  | 'secret'
  | 'refused'
  | 'session'
  | 'stale'

export interface Failure {
  readonly kind: FailureKind
  readonly detail: string
  /** Of the HTTP response that was no answer, where there was one. */
  readonly status?: number
  /** Of the JSON-RPC error that the gateway's own question got. */
  readonly code?: number
}

const TEXT: Readonly<Record<FailureKind, string>> = {
  unreachable: 'could not be reached. Try again later.',
  ended: 'ended before it answered. Whether the call ran is unknown.',
  timeout: 'did not answer in time. Whether the call ran is unknown.',
  garbage: 'gave an answer that is not valid MCP.',
  busy: 'has too many calls waiting. Try again later.',
  secret: 'has no credentials here. Tell the gateway’s operator.',
  refused: 'refused the gateway. Tell the gateway’s operator.',
  session: 'has forgotten this session. Try again.',
  stale: 'has changed. Try again.',
}

export function describeFailure(server: string, kind: FailureKind): string {
  return `Server ${server} ${TEXT[kind]}`
}

const STATE: Readonly<Record<FailureKind, string>> = {
  unreachable: 'cannot be reached',
  ended: 'ended',
  timeout: 'does not answer',
  garbage: 'does not speak MCP',
  busy: 'is busy',
  secret: 'lacks a secret',
  refused: 'refuses the gateway',
  session: 'is not found',
  stale: 'has changed',
}

/** For operators: why a server is down. */
export function describeState({ kind, detail }: Failure): string {
  return `${STATE[kind]}: ${detail}`
}

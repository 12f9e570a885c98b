// Why an upstream call got no answer, with texts for clients and operators.
// INVARIANT: `detail` is only for operators; a text for a client holds the
// server's name, a status, a wait and settings, never internals of the server.

import { MissingSecret } from '../secrets/resolve.ts'

export type FailureKind =
  | 'unreachable'
  | 'ended'
  | 'timeout'
  | 'starting'
  | 'garbage'
  | 'oversized'
  | 'busy'
  | 'failing'
  | 'secret'
  | 'signin'
  | 'person'
  | 'denied'
  | 'refused'
  | 'session'
  | 'stale'
  | 'disabled'

export interface Failure {
  readonly kind: FailureKind
  readonly detail: string
  /** Status of the HTTP response, if it was not an answer. */
  readonly status?: number
  /** What it is, for operators, where the kind says too little. */
  readonly state?: string
  /** It does not pass by itself. */
  readonly lasting?: true
  /** Code of the JSON-RPC error to a request of the gateway itself. */
  readonly code?: number
  /** Milliseconds until another try may succeed. */
  readonly waitMs?: number
  /** The gateway could not sign in now, and may be able to later. */
  readonly isPassing?: true
  /** The setting that was exceeded, with its value: `caps.message (16 MiB)`. */
  readonly setting?: string
  /** What the person of the call can do, in a sentence. */
  readonly advice?: string
}

/** After these, the server itself is looked at again. */
export const RECHECKED: readonly FailureKind[] = Object.freeze([
  'unreachable',
  'session',
  'secret',
])

const UNKNOWN = 'Whether the call ran is unknown.'

const TEXT: Readonly<Record<FailureKind, string>> = {
  unreachable: 'could not be reached. Try again later.',
  ended: `ended before it answered. ${UNKNOWN}`,
  timeout: `did not answer in time. ${UNKNOWN}`,
  starting: 'is still starting.',
  garbage: 'gave an answer that is not valid MCP.',
  oversized: 'gave an answer that is too large for the gateway.',
  busy: 'has too many calls waiting. Try again later.',
  failing: 'is failing.',
  secret: 'has no credentials here. Tell the gateway’s operator.',
  signin:
    'cannot be used: the gateway could not sign in to it. Tell the gateway’s operator.',
  person: 'needs you to sign in to it.',
  denied: 'is not open to you.',
  refused: 'refused the gateway. Tell the gateway’s operator.',
  session: 'has forgotten this session. Try again.',
  stale: 'has changed. Try again.',
  disabled: 'is disabled. Ask the gateway’s operator to enable it.',
}

/** What keeps the gateway itself from the server. */
export function describeMissing(error: Error): Failure {
  const { message: detail } = error
  if (!(error instanceof MissingSecret)) return { kind: 'unreachable', detail }
  const { state } = error
  return { kind: 'secret', detail, ...(state && { state }) }
}

export function describeFailure(server: string, failure: Failure): string {
  return `Server ${server} ${describe(failure)}`
}

function describe(failure: Failure): string {
  const { kind, status, waitMs, setting, advice, isPassing, lasting } = failure
  const wait = waitMs === undefined ? undefined : formatMs(waitMs)
  const retry = wait ? `Try again in ${wait}.` : 'Try again later.'
  if (kind === 'starting') return `is still starting. ${retry}`
  if (kind === 'failing') {
    return wait
      ? `is failing; the next try is in ${wait}.`
      : 'is failing; a call is trying it just now. Try again later.'
  }
  if (kind === 'timeout' && setting) {
    return `did not answer in time: ${setting}. ${UNKNOWN}`
  }
  if (kind === 'oversized') {
    return `gave an answer that exceeds ${setting ?? 'a cap'} of the gateway.`
  }
  if (kind === 'signin' && isPassing) {
    return `cannot be used now: the gateway could not sign in to it. ${retry}`
  }
  if (lasting) return 'could not be reached. Tell the gateway’s operator.'
  if (advice !== undefined) return `${TEXT[kind]} ${advice}`
  if (status === undefined) return TEXT[kind]
  return describeStatus(kind, status, retry)
}

/** Describes an HTTP status and what it means for the client. */
function describeStatus(
  kind: FailureKind,
  status: number,
  retry: string,
): string {
  const shown = `(HTTP ${status})`
  if (status === 401 || status === 403) {
    return `refused the gateway ${shown}. Tell the gateway’s operator.`
  }
  if (status === 429) return `asks for fewer calls ${shown}. ${retry}`
  if (status === 503) return `is not available ${shown}. ${retry}`
  if (status >= 500) return `failed ${shown}. ${UNKNOWN} ${retry}`
  if (status >= 300 && status < 400) {
    return `answered with a redirect that is not followed ${shown}. Tell the gateway’s operator.`
  }
  if (kind === 'session')
    return `has forgotten this session ${shown}. Try again.`
  if (status >= 400) return `refused the request ${shown}.`
  return `gave an answer that is not valid MCP ${shown}.`
}

const STATE: Readonly<Record<FailureKind, string>> = {
  unreachable: 'cannot be reached',
  ended: 'ended',
  timeout: 'does not answer',
  starting: 'is starting',
  garbage: 'does not speak MCP',
  oversized: 'answers more than the gateway takes',
  busy: 'is busy',
  failing: 'is failing',
  secret: 'lacks a secret',
  signin: 'cannot sign in',
  person: 'needs a sign-in',
  denied: 'is not open to a person',
  refused: 'refuses the gateway',
  session: 'is not found',
  stale: 'has changed',
  disabled: 'is disabled',
}

/** Why a server is down, for operators. */
export function describeState(failure: Failure): string {
  const { kind, detail, setting, state = STATE[kind] } = failure
  const bound = setting === undefined ? '' : `, ${setting}`
  return `${state}: ${detail}${bound}`
}

/** `800 ms`, `12 s`, `15 min`; whole seconds are rounded up. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.max(1, Math.ceil(ms))} ms`
  const seconds = Math.ceil(ms / 1_000)
  return seconds < 120 || seconds % 60 !== 0
    ? `${seconds} s`
    : `${seconds / 60} min`
}

/** `16 MiB`, `4 KiB`, `1000 B`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  let value = bytes
  let at = 0
  while (value >= 1_024 && value % 1_024 === 0 && at < units.length - 1) {
    value /= 1_024
    at++
  }
  return `${value} ${units[at]}`
}

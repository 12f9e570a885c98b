// Why a request is refused: one kind each, in one table of answers and audit
// decisions.
// INVARIANT: no other file gives a JSON-RPC refusal its status, code, text or
// decision.

import type { AuditDecision } from '../../contract/audit.ts'
import type { Era } from './methods.ts'
import { CODE } from './methods.ts'
import { writeError, writeToolError } from './write.ts'

export interface Refusal {
  readonly refusal: RefusalKind
  /** Replaces `{}` in the text of the kind. */
  readonly detail?: string
  /** `data` of a JSON-RPC error, or `_meta` of a tool result. */
  readonly data?: Readonly<Record<string, unknown>>
  /** The reason in the audit record, if it is not the text. */
  readonly reason?: string
  /** The decision, if its kind has several. */
  readonly decision?: AuditDecision | undefined
  /** Null: retry when a call has ended. */
  readonly retryAfterMs?: number | null
}

type PerEra<T> = T | Readonly<Record<Era, T>>

export interface RefusalRow {
  readonly status: PerEra<number>
  /** Code of the JSON-RPC error. */
  readonly code: PerEra<number>
  /** The first is the default. Empty: such a refusal is not recorded. */
  readonly decisions: readonly AuditDecision[]
  readonly text: string
  /** For docs/operations.md, where the text alone is not enough. */
  readonly when?: string
  /** A `tools/call` gets the text as a tool result, with HTTP 200. */
  readonly isResult?: boolean
}

const rejected = (status: number, code: number, text: string): RefusalRow => ({
  status,
  code,
  decisions: ['rejected'],
  text,
})

const head = (status: number, text: string) =>
  rejected(status, CODE.invalidRequest, text)

const unknown = (
  text: string,
  legacy: number = CODE.invalidParams,
): RefusalRow => ({
  status: 200,
  code: { legacy, modern: CODE.invalidParams },
  decisions: ['unknown', 'denied', 'withheld'],
  text,
})

/** In the order of the stages that refuse. */
const ROWS = {
  draining: {
    status: 503,
    code: CODE.unavailable,
    decisions: [],
    text: 'Shutting down',
  },
  twice: head(400, 'Bad request: header {} stands twice'),
  method: head(405, 'Method not allowed'),
  host: head(403, 'Forbidden: {} is not in listen.hosts of the gateway'),
  target: head(400, 'Bad request: the target and Host differ'),
  origin: head(403, 'Forbidden: {} is not in listen.origins of the gateway'),
  expect: head(417, 'Expect must be 100-continue, or absent'),
  'content-type': head(415, 'Content-Type must be application/json'),
  'content-encoding': head(415, 'Content-Encoding must be identity, or absent'),
  'transfer-encoding': head(
    400,
    'Transfer-Encoding must be chunked, or absent',
  ),
  'content-length': head(413, 'Request too large'),
  tries: {
    status: 429,
    code: CODE.limited,
    decisions: ['unauthenticated'],
    text: 'Too many wrong tokens from your address',
  },
  unauthenticated: {
    status: 401,
    code: CODE.unauthenticated,
    decisions: ['unauthenticated'],
    text: 'Unauthorized: {}',
    when: 'no token, or none that is good: see the table below',
  },
  login: {
    status: 401,
    code: CODE.unauthenticated,
    decisions: ['unauthenticated'],
    text: 'Unauthorized: {}',
    when: 'no token of the login of the company, or one that is not good',
  },
  person: {
    status: 403,
    code: CODE.forbidden,
    decisions: ['rejected'],
    text: '{}',
    when: 'somebody is signed in, and may do nothing here',
  },
  provider: {
    status: 503,
    code: CODE.unavailable,
    decisions: ['rejected'],
    text: '{}',
    when: 'the identity provider cannot be asked about a token',
  },
  encoding: rejected(400, CODE.parse, 'not valid UTF-8'),
  syntax: rejected(400, CODE.parse, 'not valid JSON'),
  depth: rejected(400, CODE.invalidRequest, 'nested too deeply'),
  size: rejected(400, CODE.invalidRequest, 'too many values'),
  duplicate: rejected(
    400,
    CODE.invalidRequest,
    'a key stands twice in one object',
  ),
  message: {
    ...rejected(400, CODE.invalidRequest, '{}'),
    when: 'not a JSON-RPC message, or not one that is allowed here',
  },
  params: {
    ...rejected(400, CODE.invalidParams, '{}'),
    when: '`params` or `_meta` lack what the method needs',
  },
  headers: {
    ...rejected(400, CODE.headerMismatch, '{}'),
    when: 'a header and the body differ',
  },
  version: rejected(
    400,
    CODE.unsupportedVersion,
    'the protocol version is not supported',
  ),
  'header-version': rejected(
    400,
    CODE.invalidRequest,
    'MCP-Protocol-Version is not supported',
  ),
  session: {
    ...rejected(404, CODE.unknownSession, '{}'),
    when: 'the session has ended or never existed',
  },
  accept: rejected(
    406,
    CODE.invalidRequest,
    'Accept must include text/event-stream',
  ),
  capability: rejected(
    400,
    CODE.missingCapability,
    'Missing required client capability',
  ),
  streams: rejected(429, CODE.limited, 'too many open streams for this token'),
  memory: rejected(
    429,
    CODE.limited,
    'too much memory is used for this token: close streams or sessions',
  ),
  subscriptions: rejected(
    200,
    CODE.limited,
    'Too many subscriptions of this session, or too much memory for this token',
  ),
  level: rejected(200, CODE.invalidParams, 'Invalid level'),
  cursor: rejected(200, CODE.invalidParams, 'Invalid cursor'),
  state: rejected(200, CODE.invalidParams, 'Invalid requestState'),
  'unknown-method': {
    status: { legacy: 200, modern: 404 },
    code: CODE.unknownMethod,
    decisions: ['unknown'],
    text: 'Method not found',
  },
  unnamed: rejected(400, CODE.invalidParams, 'Invalid params: no name'),
  claimed: rejected(200, CODE.invalidParams, 'Resource is claimed by {}'),
  'unknown-tool': unknown('Unknown tool: {}'),
  'unknown-prompt': unknown('Unknown prompt: {}'),
  'unknown-resource': unknown(
    'Resource not found',
    CODE.legacyResourceNotFound,
  ),
  'unknown-task': unknown('Task not found'),
  arguments: {
    status: 200,
    code: CODE.invalidParams,
    decisions: ['denied'],
    text: 'Not allowed with these arguments: {}.',
    isResult: true,
  },
  limit: {
    status: 200,
    code: CODE.limited,
    decisions: ['limited'],
    text: 'Rate limit {}',
    isResult: true,
  },
  refusals: {
    status: 429,
    code: CODE.limited,
    decisions: ['limited'],
    text: 'Rate limit {}',
  },
  upstream: {
    status: 200,
    code: CODE.upstream,
    decisions: ['allowed'],
    text: '{}',
    when: 'the server is down, hung or broken',
    isResult: true,
  },
  shutdown: {
    status: 200,
    code: CODE.upstream,
    decisions: ['allowed'],
    text: 'The gateway is shutting down. Whether the call ran is unknown.',
    isResult: true,
  },
  lost: {
    status: 200,
    code: CODE.unavailable,
    decisions: ['allowed'],
    text: 'The call ran, but its answer could not be kept until the client came back.',
  },
  unaudited: {
    status: 503,
    code: CODE.unavailable,
    decisions: [],
    text: 'The gateway cannot write its audit trail. Try again later.',
  },
} as const satisfies Record<string, RefusalRow>

export type RefusalKind = keyof typeof ROWS

export const REFUSALS: Readonly<Record<RefusalKind, RefusalRow>> = ROWS

export interface RefusalAnswer {
  readonly status: number
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** `id`: as the sender wrote it; `isCall`: the request is a `tools/call`. */
export function writeRefusal(
  refusal: Refusal,
  id = 'null',
  era: Era = 'legacy',
  isCall = false,
): RefusalAnswer {
  const { status, code, isResult } = REFUSALS[refusal.refusal]
  const text = describeRefusal(refusal)
  const headers = writeRetryAfter(refusal.retryAfterMs)
  const { data } = refusal
  const body =
    isCall && isResult
      ? writeToolError(id, era, text, data)
      : writeError(id, pick(code, era), text, data)
  return { status: pick(status, era), body, headers }
}

export function describeRefusal({ refusal, detail = '' }: Refusal): string {
  return REFUSALS[refusal].text.replace('{}', () => detail)
}

export function decisionOf({ refusal, decision }: Refusal): AuditDecision {
  return decision ?? REFUSALS[refusal].decisions[0] ?? 'rejected'
}

/** The `reason` field of its audit record, if it has one. */
export function reasonOf(refusal: Refusal): string | undefined {
  if (refusal.reason !== undefined) return refusal.reason
  const isRejected = decisionOf(refusal) === 'rejected'
  return isRejected ? describeRefusal(refusal) : undefined
}

function writeRetryAfter(
  ms: number | null | undefined,
): Readonly<Record<string, string>> {
  if (ms === null || ms === undefined) return {}
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) }
}

function pick<T extends number>(value: PerEra<T>, era: Era): T {
  return typeof value === 'object' ? value[era] : value
}

/** The refusal of bytes that are not an acceptable message. */
export function invalid(detail: string): Refusal {
  return { refusal: 'message', detail }
}

/** The refusal while the audit cannot be written. */
export const UNAUDITED: Refusal = Object.freeze({
  refusal: 'unaudited',
  retryAfterMs: 1_000,
})

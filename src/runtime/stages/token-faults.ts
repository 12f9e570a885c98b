// What a client is told of a token that is not good: one row for each reason.
// In: a reason of the audit, and the record of a token whose secret was right.
// Out: a text, and the challenge of RFC 6750. INVARIANT: ASCII without `"` and
// `\`, as the challenge quotes it; nothing that the client sent is repeated.

import type { TokenRecord } from '../../contract/table.ts'
import { endOf } from '../../table/life.ts'
import type { Refusal } from '../message/refusal.ts'

/** No good token. */
export interface Unauthenticated extends Refusal {
  readonly refusal: 'unauthenticated'
  /** For the audit. */
  readonly reason: string
  /** For the client. */
  readonly detail: string
  /** The token's owner, rendered for the audit, where its secret was right. */
  readonly holder?: string
}

const SEND = 'Send one in a header, as Authorization: Bearer gwt_...'
const ASK = 'Ask the operator of the gateway for a new one.'

/** Of requests without a token: their challenge has no error (RFC 6750 §3.1). */
const ABSENT = Object.freeze({
  'no token': `This endpoint takes a token of the gateway. ${SEND}`,
  'no bearer token':
    'The header Authorization must be the word Bearer, a space and the token: Bearer gwt_...',
  'empty token':
    'Nothing stands after Bearer in the header Authorization. The variable that the client puts there is empty or not set.',
})

/** Of texts that are no good token. A new row must not depend on any record. */
const FAULTY = Object.freeze({
  'unreplaced token':
    'The client sent a placeholder, or the name of a variable, in place of the token. Check which variables this client replaces, and that this one is set where the client starts; or write the token itself.',
  // Where there is a login of the company, refuse.ts adds where it is.
  'foreign token': `The token is of another service. This endpoint takes tokens of the gateway, which begin with gwt_. ${SEND}`,
  'damaged token':
    'Characters of the token are missing, wrong or too many. Copy all of it again, or ask the operator of the gateway for a new one.',
  'unknown token': `The gateway has no such token. It may be of another gateway. ${ASK}`,
})

export type FaultyReason = keyof typeof ABSENT | keyof typeof FAULTY

/** Of tokens whose secret is right; `{}` is the token's id, `{at}` a time. */
const SPENT: Readonly<Record<string, string>> = Object.freeze({
  'expired token': `The token {} expired at {at}. ${ASK}`,
  'revoked token': `The token {} was revoked. ${ASK}`,
  'token not valid yet': 'The token {} is not valid before {at}.',
  'break-glass token without a reason':
    'The token {} is for emergencies, and its record names no reason. The operator of the gateway can add one.',
})

/** For docs/operations.md, in this order. */
export const TOKEN_FAULTS: Readonly<Record<string, string>> = Object.freeze({
  ...ABSENT,
  ...FAULTY,
  ...SPENT,
})

const UNAUTHENTICATED: Readonly<Record<FaultyReason, Unauthenticated>> =
  Object.fromEntries(
    Object.entries({ ...ABSENT, ...FAULTY }).map(([reason, detail]) => [
      reason,
      Object.freeze({ refusal: 'unauthenticated', reason, detail }),
    ]),
  ) as Record<FaultyReason, Unauthenticated>

export function refuseToken(reason: FaultyReason): Unauthenticated {
  return UNAUTHENTICATED[reason]
}

/** `reason`: of judgeToken. */
export function refuseSpent(
  reason: string,
  token: TokenRecord,
  maxAge: number,
): Unauthenticated {
  const at =
    reason === 'expired token' ? endOf(token, maxAge) : (token.notBefore ?? 0)
  const detail = (SPENT[reason] ?? reason)
    .replace('{}', token.id)
    .replace('{at}', () => writeSecond(at))
  return { refusal: 'unauthenticated', reason, detail }
}

function writeSecond(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/, '')
}

/** The value of WWW-Authenticate. */
export function writeChallenge({ reason, detail }: Unauthenticated): string {
  return Object.hasOwn(ABSENT, reason)
    ? 'Bearer'
    : `Bearer error="invalid_token", error_description="${detail}"`
}

/** Why a value of Authorization has no token of ours in it. */
export function judgeForm(authorization: string): FaultyReason {
  const [scheme = ''] = /^Bearer(?= |$)/i.exec(authorization) ?? []
  const given = authorization.slice(scheme.length).trim()
  if (given === '') return 'empty token'
  if (PLACEHOLDERS.some((form) => form.test(given))) return 'unreplaced token'
  if (scheme === '' || given.includes(' ')) return 'no bearer token'
  return OURS.test(given) ? 'damaged token' : 'foreign token'
}

const OURS = /^["'(]?gwt_/i

/** No token of a known service has one of these forms. */
const PLACEHOLDERS: readonly RegExp[] = Object.freeze([
  // ${GATEWAY_TOKEN}, ${env:…}, ${input:…}, $(…), {{…}}
  /\$[{(]|\{\{/,
  // $GATEWAY_TOKEN, $env:GATEWAY_TOKEN, %GATEWAY_TOKEN%, env:GATEWAY_TOKEN
  /^\$\w|^%\w+%$|^(?:env|input|file|secret):/i,
  // <token>, [token], {token}
  /<[^<>]*>|^\[.*\]$|^\{.*\}$/,
  // gwt_..., with the dots of ASCII or of Unicode, in UTF-8 or not; gwt_***
  /\.{3}|\xe2\x80\xa6|\u2026|\*{3}/,
  // GATEWAY_TOKEN, YOUR_TOKEN, your-token, gwt_TOKEN, gwt_xxxx
  /^(?!GWT_)[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/,
  /^(?:gwt_)?(?:x{3,}|(?:your|my|the|some)?[-_]?(?:gateway[-_]?)?token(?:[-_]here)?|id|secret)?$/i,
  // What programs write for a value that is not there.
  /^(?:undefined|null|none|nil|NaN|true|false|\[object Object\])$/i,
])

// The authenticate stage of people who come by the company's login.
// In: the head of a request. Out: a principal, or why there is none.
// INVARIANT: each request judges the person again, under the running table; no
// token of the gateway itself is taken here.

import type { TokenRecord } from '../../contract/table.ts'
import { renderPerson } from '../audit/fragments.ts'
import type { Routing } from '../catalog/routing.ts'
import type { Principal } from '../catalog/view.ts'
import type { Head, HttpResponse } from '../http/request-response.ts'
import { writeChallenge } from '../login/challenge.ts'
import {
  describeFault,
  LOGIN_PROBLEMS,
  type LoginFault,
  type ProblemName,
} from '../login/problem.ts'
import type { Named, Verdict, Verifier } from '../login/verifier.ts'
import {
  type Refusal,
  type RefusalKind,
  writeRefusal,
} from '../message/refusal.ts'
import { memoOf, type StageMemo } from '../request.ts'
import { judgeToken, renewToken } from './authenticate.ts'
import type { StageContext } from './context.ts'
import type { Arrival } from './open.ts'
import { writeCors } from './open.ts'
import {
  isPerson,
  judgePersonToken,
  makePersonPrincipal,
  namePerson,
  type PersonFault,
  type PersonToken,
  renewPersonToken,
} from './person.ts'
import { answerPreflight, BUSY, paceRefusal, sendRefusal } from './refuse.ts'
import { refuseSpent, refuseToken } from './token-faults.ts'

const BEARER = /^Bearer +([^ ]+)$/i

/** The token of a request, or why it brings none that could be good. */
export function readLoginToken(
  { table }: Routing,
  { authorization }: Pick<Head, 'authorization'>,
): string | LoginFault {
  if (authorization === undefined) return { problem: 'no token' }
  const token = BEARER.exec(authorization)?.[1]
  if (token === undefined) return { problem: 'malformed' }
  if (!token.startsWith('gwt_')) return token
  return { problem: 'gateway token', detail: table.listen.path }
}

/** Undefined: nothing is known of the token. */
export function recallPerson(
  routing: Routing,
  verifier: Verifier,
  head: Pick<Head, 'authorization' | 'memo'>,
  now: number,
): Principal | LoginFault | undefined {
  const memo = memoOf(head)
  const known = memo?.routing === routing ? memo.principal : undefined
  const { token } = known ?? {}
  if (known && token && isPerson(token) && now < token.until) {
    return judgeAdmitted(routing, known, now)
  }
  const text = readLoginToken(routing, head)
  if (typeof text !== 'string') return text
  const verdict = verifier.recall(text)
  return verdict && admitPerson(routing, head, verdict, now)
}

/** What a verdict means under this table. */
export function admitPerson(
  routing: Routing,
  head: Pick<Head, 'memo'>,
  verdict: Verdict,
  now: number,
): Principal | LoginFault {
  if ('problem' in verdict) return verdict
  const principal = recallPrincipal(routing, verdict)
  const { memo } = head
  if (memo) {
    const made: StageMemo = { routing, principal }
    memo.stages = made
  }
  return judgeAdmitted(routing, principal, now)
}

function recallPrincipal(routing: Routing, verdict: Named): Principal {
  const known = routing.people.get(verdict)
  if (known) return known
  const { person, until } = verdict
  const principal = makePersonPrincipal(routing, person, until)
  routing.people.set(verdict, principal)
  return principal
}

const PROBLEMS: Readonly<Record<PersonFault, ProblemName>> = Object.freeze({
  'no login': 'issuer',
  revoked: 'revoked',
  'logged out': 'logged out',
  expired: 'expired',
  'no team': 'no team',
})

function judgeAdmitted(
  routing: Routing,
  principal: Principal,
  now: number,
): Principal | LoginFault {
  const token = principal.token as PersonToken
  const fault = judgePersonToken(routing, token, now)
  if (fault === undefined) return principal
  return { problem: PROBLEMS[fault], who: token.person }
}

/** What a call gets that ends with its token. `problem`: of judgeToken. */
export function refuseEnded(
  { table }: Routing,
  token: TokenRecord,
  problem: string,
): Refusal {
  if (!isPerson(token)) return refuseSpent(problem, token, table.maxAge)
  const name = PROBLEMS[problem as PersonFault]
  const detail = describeFault({ problem: name, who: token.person })
  return { refusal: KINDS[LOGIN_PROBLEMS[name].status], detail }
}

/** The token of a request that was accepted before, as the table of now has it;
 * or what the request gets instead of going on. */
export function judgeHeld(
  routing: Routing,
  before: TokenRecord,
  now: number,
): TokenRecord | Refusal {
  const token = renewToken(routing, before)
  if (!token) return refuseToken('unknown token')
  const problem = judgeToken(routing, token, now)
  return problem === undefined ? token : refuseEnded(routing, token, problem)
}

/** After a wait: the person under the table of now. */
export function renewPerson(
  routing: Routing,
  { principal }: Pick<Arrival, 'principal'>,
  now: number,
): Principal | LoginFault {
  const token = renewPersonToken(routing, principal.token as PersonToken)
  const renewed = makePersonPrincipal(routing, token.person, token.until)
  return judgeAdmitted(routing, renewed, now)
}

/** The table has no login any more, or its listener has just opened. */
export function refuseStarting(
  runtime: StageContext,
  { routing, head, response }: Omit<Arrival, 'principal'>,
): void {
  if (routing.table.login) {
    const fault = { problem: 'busy', retryAfterMs: 1_000 } as const
    return refusePerson(runtime, head, fault, response)
  }
  const body = Buffer.from('{"error":"not_found"}')
  sendRefusal(response, { status: 404, body, headers: {} }, writeCors(head))
}

const KINDS: Readonly<Record<401 | 403 | 503, RefusalKind>> = Object.freeze({
  401: 'login',
  403: 'person',
  503: 'provider',
})

/** Refuses a request to the endpoint of the login. */
export function refusePerson(
  runtime: StageContext,
  head: Head,
  fault: LoginFault,
  response: HttpResponse,
): void {
  if (head.method === 'OPTIONS') return answerPreflight(head, response)
  const { problem, who, retryAfterMs } = fault
  const row = LOGIN_PROBLEMS[problem]
  const decision = row.status === 401 ? 'unauthenticated' : 'rejected'
  const holder =
    who &&
    renderPerson(
      { id: namePerson(who), subject: who.subject, team: null, roles: [] },
      who,
    )
  runtime.unauthenticated.count(head.ip, problem, decision, holder)
  runtime.tally.countRefusal(problem)
  const answer = () => {
    const detail = describeFault(fault)
    const refusal = { refusal: KINDS[row.status], detail }
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs }
    sendRefusal(response, writeRefusal({ ...refusal, ...retry }), {
      ...writeCors(head),
      ...writeHeader(runtime, head, fault),
    })
  }
  const busy = () => sendRefusal(response, writeRefusal(BUSY), writeCors(head))
  if (row.isGuess) paceRefusal(runtime, head.ip, response, { answer, busy })
  else answer()
}

function writeHeader(
  { verifier }: StageContext,
  { origin }: Head,
  fault: LoginFault,
): Readonly<Record<string, string>> {
  const isToken = LOGIN_PROBLEMS[fault.problem].status === 401
  if (!verifier || !(isToken || fault.problem === 'scope')) return {}
  const { login, origin: own } = verifier.terms
  return {
    'www-authenticate': writeChallenge(login, own, fault),
    ...(origin !== undefined && {
      'access-control-expose-headers':
        'WWW-Authenticate, Mcp-Session-Id, X-Request-Id, Retry-After',
    }),
  }
}

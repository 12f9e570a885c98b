// Vouches for people at servers, by what the company's provider says of them.
// In: a person, a server. Out: an identity assertion, or who must do what.
// INVARIANT: of the person of that name alone, who has signed in at the provider
// and whom the running table lets in; what the provider has ended gives nothing.

import {
  Denied,
  EndedThere,
  NeedsSignIn,
  SignInProblem,
} from '../oauth/problem.ts'
import type { Vouch, VouchRequest } from '../oauth/vouch.ts'
import type { LoginParts, OwnServer } from './context.ts'
import { judgeKept } from './hooks.ts'
import type { KeptPerson } from './kept.ts'

/** An ID token is not used in the last part of its life. */
const LEFT_MS = 10_000

/** One that came so lately is as good as any other. */
const RECENT_MS = 60_000

export function makeVouch(
  server: () => OwnServer | undefined,
  parts: LoginParts,
): Vouch {
  return async (request) => {
    const own = server()
    if (!own) throw new SignInProblem('there is no `login.server`', 'later')
    const found = findPerson(own, request.subject)
    if (!found) {
      throw new NeedsSignIn(
        `the person has not signed in at ${own.company.host}`,
      )
    }
    const [id, person] = found
    judge(own, parts, person)
    return await vouch(own, parts, id, person, request)
  }
}

/** Of several, the one who signed in last: a name may go to another person. */
function findPerson(
  { state, login }: OwnServer,
  subject: string,
): readonly [string, KeptPerson] | undefined {
  const [last] = state.people
    .entries()
    .filter(([, one]) => one.subject === subject && one.issuer === login.issuer)
    .sort(([, a], [, b]) => b.authenticated - a.authenticated)
  return last
}

function judge(
  { company }: OwnServer,
  parts: LoginParts,
  person: KeptPerson,
): void {
  const fault = judgeKept(parts, person, person)
  if (fault === undefined) return
  throw new EndedThere(
    `the sign-in of the person at ${company.host} gives nothing here: ${fault}`,
  )
}

async function vouch(
  server: OwnServer,
  parts: LoginParts,
  id: string,
  person: KeptPerson,
  request: VouchRequest,
): Promise<string> {
  const { company } = server
  const now = parts.runtime.clock.now()
  const { idToken } = person
  const isGood = idToken && idToken.ends - LEFT_MS > now
  const first = isGood ? idToken : await renew(server, parts, id, request)
  try {
    return await company.vouch(first.value, request)
  } catch (error) {
    const isOld =
      isGood &&
      error instanceof Denied &&
      error.code === 'invalid_grant' &&
      now - first.came > RECENT_MS
    if (!isOld) throw error
  }
  // It may refuse this ID token only.
  const next = await renew(server, parts, id, request)
  return await company.vouch(next.value, request)
}

/** Another ID token, by the refresh token. */
async function renew(
  server: OwnServer,
  parts: LoginParts,
  id: string,
  { subject }: VouchRequest,
) {
  const { company, renewals, state } = server
  const { clock } = parts.runtime
  const again = `the person must sign in again at ${company.host}`
  const before = state.people.get(id)
  if (!before || before.refreshToken === null) {
    throw new NeedsSignIn(
      `the ID token has ended, and the provider gave no refresh token: ${again}`,
    )
  }
  const silent = `the provider gives no ID token with a refresh token: ${again}`
  // It has just been asked.
  if (before.idToken === null && clock.now() - before.seen < RECENT_MS) {
    throw new NeedsSignIn(silent)
  }
  const joined = renewals.isRunning(id)
  let person = await renewals.renew(id)
  // What that renewal gave may be what has ended by now.
  if (joined && person?.idToken?.value === before.idToken?.value) {
    person = await renewals.renew(id)
  }
  if (!person) {
    throw new EndedThere(`${company.host} has ended the sign-in: ${again}`)
  }
  judge(server, parts, person)
  if (person.subject !== subject) {
    throw new EndedThere(`${company.host} gives the person another name now`)
  }
  const { idToken } = person
  const isNew = idToken && idToken.value !== before.idToken?.value
  if (isNew) return idToken
  throw new NeedsSignIn(silent)
}

// Ends what somebody has open, because the provider has logged them out.
// In: a logout, as the provider says it. Out: everything of before it has ended.
// INVARIANT: in force before it is written to disk; another sign-in of the person,
// and what others have open, go on.

import type { Person } from '../../../contract/login.ts'
import { renderNoticeRecord } from '../../audit/notice-record.ts'
import type { Logout } from '../../login/logouts.ts'
import { isPerson, namePerson } from '../../stages/person.ts'
import type { Runtime } from '../context.ts'
import { endOpen, listPeople } from '../revoke/revoke.ts'

/** False: the disk does not have it, so that a restart would undo it. */
export async function endLoggedOut(
  runtime: Runtime,
  logout: Logout,
  ip: string,
): Promise<boolean> {
  const { audit, routing, log, logouts } = runtime
  const kept = logouts.add(logout)
  const tokens = listPeople(runtime)
    .filter(isPerson)
    .filter(({ person }) => logouts.covers(person))
  const { closed, ...ended } = endOpen(runtime, tokens, 'logged out')
  const hasOwn = Boolean(routing.table.login?.server)
  const [onDisk, signIns] = await Promise.allSettled([
    kept,
    hasOwn ? runtime.signIns.needed.loginState.endLoggedOut(logout) : 0,
  ])
  const failed = [onDisk, signIns].find(({ status }) => status === 'rejected')
  const lost = failed
    ? describe((failed as PromiseRejectedResult).reason)
    : null
  if (lost) log.error({ lost }, 'a logout could not be written to disk')
  const detail = {
    ...nameWho(logout),
    ip,
    ...ended,
    signIns: signIns.status === 'fulfilled' ? signIns.value : null,
    lost,
  }
  await new Promise<void>((resolve) => {
    const record = renderNoticeRecord('logout', routing.digest, detail)
    audit.append(record, () => resolve())
  })
  await closed
  return lost === null
}

function nameWho({ issuer, sub, session }: Logout) {
  const person: Pick<Person, 'issuer' | 'sub'> | null =
    sub === null ? null : { issuer, sub }
  return {
    issuer,
    tokenId: person && namePerson(person),
    sessions: session === null ? 'all' : 'one',
  }
}

function describe(error: unknown): string {
  const { code, message } = Object(error) as NodeJS.ErrnoException
  return code ?? message
}

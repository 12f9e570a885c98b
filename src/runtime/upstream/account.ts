// Finds the user and group that a stdio server runs as.
// INVARIANT: a program with a configured user or group never runs as another.

import { readFileSync } from 'node:fs'

export interface Account {
  readonly uid: number
  readonly gid: number
  /** Undefined if /etc/passwd has no entry. */
  readonly home: string | undefined
}

/** The account does not exist or cannot be used; the message may be logged. */
class NoAccount extends Error {}

type Id = string | number

/** Null if the server runs as the gateway's own user. */
export function findAccount(user: Id | null, group: Id | null): Account | null {
  if (user === null && group === null) return null
  const own = process.getuid?.()
  if (own === undefined) throw new NoAccount('this system has no users')
  const entry = findEntry('/etc/passwd', user ?? own)
  const uid = readId(user ?? own, entry)
  if (uid === undefined) throw new NoAccount(`there is no user \`${user}\``)
  const gid =
    group === null
      ? readId(entry?.[3] ?? '', entry)
      : readId(group, findEntry('/etc/group', group))
  if (gid === undefined) {
    throw new NoAccount(
      group === null
        ? `user \`${user}\` has no entry here: name a \`group\` too`
        : `there is no group \`${group}\``,
    )
  }
  const isSame = uid === own && gid === process.getgid?.()
  if (own !== 0 && !isSame) {
    const what = user === null ? `group \`${group}\`` : `user \`${user}\``
    throw new NoAccount(`only root can start a program as ${what}`)
  }
  return { uid, gid, home: entry?.[5] }
}

/** The fields of the line of a name or a number. */
function findEntry(file: string, id: Id): readonly string[] | undefined {
  const field = isNumber(id) ? 2 : 0
  return readLines(file)
    .map((line) => line.split(':'))
    .find((fields) => fields[field] === String(id))
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

function readId(
  id: Id,
  entry: readonly string[] | undefined,
): number | undefined {
  if (isNumber(id)) return Number(id)
  return entry && isNumber(entry[2] ?? '') ? Number(entry[2]) : undefined
}

function isNumber(id: Id): boolean {
  return /^\d+$/.test(String(id))
}

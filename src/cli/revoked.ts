// `gateway.revoked` of this host, for verbs that only read.
// In: the folder of the config. Out: its lines; or why they cannot be read.
// INVARIANT: an absent file means that nothing was revoked here.

import { resolve } from 'node:path'
import { readRegularText } from '../regular.ts'
import {
  REVOKED_FILE,
  Revocations,
  type RevokedLines,
  readRevocations,
} from '../table/revoked.ts'

export function readRevoked(
  root: string,
): RevokedLines | { readonly unreadable: string } {
  try {
    return readRevocations(readRegularText(resolve(root, REVOKED_FILE)))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { revocations: [], malformed: [] }
    return { unreadable: code }
  }
}

/** Its known lines; none if it cannot be read. */
export function loadRevocations(root: string): Revocations {
  const read = readRevoked(root)
  const known = new Revocations()
  if ('unreadable' in read) return known
  for (const one of read.revocations) known.add(one)
  return known
}

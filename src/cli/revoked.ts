// The revocations of this host, for verbs that only read.
// In: the folder of the config, the table's `revoked`. Out: its lines; or why they cannot be read.
// INVARIANT: an absent file means that nothing was revoked here.

import { resolve } from 'node:path'
import { readRegularText } from '../regular.ts'
import {
  Revocations,
  type RevokedLines,
  readRevocations,
} from '../table/revoked.ts'

export function readRevoked(
  root: string,
  file: string,
): RevokedLines | { readonly unreadable: string } {
  try {
    return readRevocations(readRegularText(resolve(root, file)))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { revocations: [], malformed: [] }
    return { unreadable: code }
  }
}

/** Its known lines; none if it cannot be read. */
export function loadRevocations(root: string, file: string): Revocations {
  const read = readRevoked(root, file)
  const known = new Revocations()
  if ('unreadable' in read) return known
  for (const one of read.revocations) known.add(one)
  return known
}

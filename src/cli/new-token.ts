// Creates a token under an id that no record has.
// In: the ids in use. Out: an id, the token, its hash.
// INVARIANT: 32 bytes of the system's random numbers.

import { createHash, randomBytes, randomInt } from 'node:crypto'
import { formatToken } from '../table/token.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

export function createToken(taken: object) {
  const id = createId(taken)
  const token = formatToken(id, randomBytes(32))
  const sha256 = createHash('sha256').update(token).digest('hex')
  return { id, token, sha256 }
}

function createId(taken: object): string {
  while (true) {
    const letters = Array.from({ length: 12 }, () => ALPHABET[randomInt(36)])
    const id = letters.join('')
    if (!Object.hasOwn(taken, id)) return id
  }
}

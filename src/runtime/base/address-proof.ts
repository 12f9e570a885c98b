// Proves to who holds the key that an address leads to this gateway.
// In: a challenge in a header. Out: a header that only the key can make.
// INVARIANT: without the key the answer says nothing; it is bound to the
// challenge, and its key has no other use.

import { createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

export const CHALLENGE_HEADER = 'portcullis-challenge'
export const PROOF_HEADER = 'portcullis-proof'

/** 32 random bytes. */
const CHALLENGE = /^[\w-]{43}$/

export function proveAddress(key: Buffer, challenge: string): string {
  return createHmac('sha256', key).update(challenge).digest('base64url')
}

/** Adds the proof to whatever the answer will be. */
export function addProof(
  key: Buffer,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const challenge = headers[CHALLENGE_HEADER]
  if (typeof challenge !== 'string' || !CHALLENGE.test(challenge)) return
  response.setHeader(PROOF_HEADER, proveAddress(key, challenge))
}

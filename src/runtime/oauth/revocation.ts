// Ends one token at its authorization server (RFC 7009).
// INVARIANT: as a token request: only to the issuer, with the client's own proof.

import { type Issuer, readObject } from './discovery.ts'
import type { Answer } from './fetch.ts'
import { cleanWord, SignInProblem } from './problem.ts'
import {
  makeResponse,
  makeSend,
  nameIssuer,
  type ProvenIdentity,
  type TokenAsk,
} from './token-endpoint.ts'

interface RevocationRequest extends Pick<TokenAsk, 'from' | 'net' | 'hide'> {
  readonly issuer: Issuer
  readonly client: ProvenIdentity
  readonly endpoint: string
  readonly token: string
  /** `refresh_token` or `access_token`. */
  readonly hint: string
}

/** False: this kind of token cannot be ended before its time. */
export async function revokeToken(
  request: RevocationRequest,
): Promise<boolean> {
  const { issuer, client, endpoint, token, hint, net } = request
  const oauth = await import('oauth4webapi')
  const as = { issuer: issuer.issuer, revocation_endpoint: endpoint }
  let answer: Answer | undefined
  const send = makeSend(request, (got) => {
    answer = got
    return makeResponse(got)
  })
  await oauth.revocationRequest(
    as,
    { client_id: client.id },
    client.proof,
    token,
    {
      [oauth.customFetch]: send,
      [oauth.allowInsecureRequests]: true,
      additionalParameters: { token_type_hint: hint },
    },
  )
  if (!answer || answer.status === 200) return true
  const word = cleanWord(readObject(answer)?.error, 64, net.tell)
  if (word === 'unsupported_token_type') return false
  throw new SignInProblem(
    `${nameIssuer(request)} answers HTTP ${answer.status}${word && ` ${word}`}`,
  )
}

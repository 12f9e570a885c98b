// The company's provider gives an identity assertion for a server, by an ID token
// of a person (ID-JAG; RFC 8693).
// INVARIANT: words of the provider are in no problem; they may repeat what was
// sent.

import { Denied, SignInProblem } from '../oauth/problem.ts'
import type { VouchRequest } from '../oauth/vouch.ts'

export type AssertionAsk = Pick<
  VouchRequest,
  'server' | 'audience' | 'resource' | 'scopes'
>

const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'

const MAX_ASSERTION = 16 * 1024

interface Provider {
  readonly host: string
  /** One request to its token endpoint. */
  send(parameters: Readonly<Record<string, string>>): Promise<Response>
}

export async function exchangeForAssertion(
  idToken: string,
  ask: AssertionAsk,
  { host, send }: Provider,
): Promise<string> {
  const { audience, resource, scopes } = ask
  const answer = await send({
    requested_token_type: ID_JAG,
    audience,
    ...(resource !== undefined && { resource }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    subject_token: idToken,
    subject_token_type: ID_TOKEN,
  })
  const { status } = answer
  const said = await readObject(answer)
  if (status !== 200) throw describeRefusal(said, status, ask, host)
  const { access_token: assertion, issued_token_type: type } = said
  const isAssertion =
    typeof assertion === 'string' &&
    assertion.length <= MAX_ASSERTION &&
    /^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertion)
  if (type === ID_JAG && isAssertion) return assertion
  throw new SignInProblem(
    `the provider ${host} gives no identity assertion (ID-JAG); ${OFFER}`,
  )
}

const OFFER =
  'it must offer token exchange for identity assertions to the client of `login.server`; else remove `auth.via`, so that each person signs in at the server'

/** The company has decided about this person and this server. */
const POLICY = ['access_denied', 'invalid_target', 'invalid_grant']

function describeRefusal(
  { error }: Readonly<Record<string, unknown>>,
  status: number,
  { server, audience }: AssertionAsk,
  host: string,
): SignInProblem {
  const isWord = typeof error === 'string' && /^[\w.-]{1,60}$/.test(error)
  const code = isWord ? error : `HTTP ${status}`
  if (isWord && POLICY.includes(code)) {
    return new Denied(
      `the provider ${host} does not vouch for the person at ${audience}: ${code}`,
      `The people who manage your account at ${host} must allow the gateway to use ${server} for you.`,
      code,
    )
  }
  const check =
    code === 'invalid_client'
      ? 'check `login.server.client`'
      : code === 'invalid_scope'
        ? `check \`auth.scopes\` of servers.${server}`
        : OFFER
  return new SignInProblem(
    `the provider ${host} refuses to vouch: ${code}; ${check}`,
    code === 'temporarily_unavailable' ? 'later' : 'after a change',
    { code },
  )
}

async function readObject(
  answer: Response,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(await answer.json()) as Record<string, unknown>
  } catch {
    return {}
  }
}

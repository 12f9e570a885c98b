// Whether somebody could sign in to a server, and as which client.
// In: what makeAlone() gives. Out: the way, or who must do what.
// INVARIANT: registers nothing, and signs nobody in.

import type { OAuth } from '../../contract/table.ts'
import { listScopes, makeAddress, makeState } from './authorization.ts'
import { fetchGuarded } from './fetch.ts'
import type { IssuerRequestsOptions } from './issuer-requests.ts'
import { cleanWord, describeProblem, SignInProblem } from './problem.ts'
import { type OwnClient, OwnClients } from './registration.ts'
import { nameIssuer } from './token-endpoint.ts'
import { ID_JAG_PROFILE, JWT_BEARER } from './vouch.ts'
import { type Where, WhereToAsk } from './where.ts'

export interface Way {
  readonly issuer: string
  readonly by: OwnClient['by']
  /** Null: nobody is sent back, because the company's provider vouches. */
  readonly redirect: string | null
}

/** Rejects with a SignInFailure. */
export async function findWay(options: IssuerRequestsOptions): Promise<Way> {
  const { auth, store, tell } = options
  const stop = new AbortController()
  const clients = new OwnClients({ ...options, registered: store.clients })
  const asker = new WhereToAsk(options, stop.signal)
  try {
    const where = await asker.find()
    const { redirect } = clients
    if (auth.via === 'login') {
      judgeVouched(where)
      const by = await clients.way(where)
      return { issuer: where.issuer.issuer, by, redirect: null }
    }
    // It judges the endpoint and PKCE, whoever the client is.
    const address = writeAddress(auth, where, redirect)
    const by = await clients.way(where)
    if (by === 'config') await tryAddress(address, where, { auth, redirect })
    return { issuer: where.issuer.issuer, by, redirect }
  } catch (error) {
    throw describeProblem(error, tell)
  } finally {
    stop.abort()
  }
}

/** Metadata that leaves out what it offers is no fault. */
function judgeVouched(where: Where): void {
  const { types, profiles } = where.issuer.grants ?? {}
  const lack =
    types && !types.includes(JWT_BEARER)
      ? `does not offer the grant ${JWT_BEARER}`
      : profiles && !profiles.includes(ID_JAG_PROFILE)
        ? `does not offer the profile ${ID_JAG_PROFILE}`
        : undefined
  if (lack === undefined) return
  throw new SignInProblem(
    `${nameIssuer(where)} ${lack}: it takes no word of a provider for people; ask its operator, or remove \`auth.via\`, so that each person signs in there`,
  )
}

function writeAddress(auth: OAuth, where: Where, redirect: string): URL {
  return makeAddress(auth, where, {
    state: makeState(),
    server: '',
    subject: null,
    browser: '',
    verifier: makeState(),
    redirect,
    issuer: where.issuer.issuer,
    client: auth.client?.id ?? 'gateway',
    scopes: listScopes(auth, where, where.scopes),
    began: 0,
  })
}

/** The page where people sign in, as a browser gets it at first: for a client or
 * a redirect address that is not registered, it is an error. */
async function tryAddress(
  address: URL,
  where: Where,
  { auth, redirect }: { readonly auth: OAuth; readonly redirect: string },
): Promise<void> {
  const { from, net } = where
  const get = { method: 'GET', headers: { accept: 'text/html' } } as const
  const answer = await fetchGuarded(
    address,
    { ...get, headOnly: true },
    from,
    net,
  )
  const back = readError(answer.headers.location, address, redirect)
  const { status } = answer
  const isRefusal =
    status >= 400 && status < 500 && !NO_BROWSER.includes(status)
  if (back === undefined && !isRefusal) return
  const said = back ?? `HTTP ${status}`
  const id = cleanWord(auth.client?.id, 100, net.tell)
  throw new SignInProblem(
    `${nameIssuer(where)} shows the client ${id} no page to sign in: ${cleanWord(said, 100, net.tell)}; register the redirect address ${redirect} for this client there, and check \`client.id\` and \`scopes\``,
  )
}

/** What a site may answer to whatever is no browser. */
const NO_BROWSER: readonly number[] = [403, 405, 406, 429]

/** The error that it sends the browser back with. */
function readError(
  location: string | undefined,
  from: URL,
  redirect: string,
): string | undefined {
  if (location === undefined || !URL.canParse(location, from.href))
    return undefined
  const to = new URL(location, from.href)
  if (to.origin + to.pathname !== redirect) return undefined
  const error = to.searchParams.get('error') ?? undefined
  // With `prompt: 'none'`, because nobody is signed in here.
  return error?.endsWith('_required') ? undefined : error
}

// Where the tokens of a server are requested, and for what.
// In: its `auth`, its challenge. Out: the issuer, the resource, the scopes.
// INVARIANT: what the config names is not asked for, else the server alone names
// it; who names an address reaches nothing nearer than its answer came from.

import type { SignInSettings } from '../../contract/table.ts'
import { findPrograms } from '../../table/references.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import { findIssuer, findResource, type Issuer } from './discovery.ts'
import { fetchGuarded, lookUp, type Net } from './fetch.ts'
import { SignInProblem, Unreachable } from './problem.ts'
import { findFarthest, findReach, type Reach, resolveHost } from './reach.ts'
import type { SignedServer } from './signed-server.ts'

interface Wanted {
  /** Undefined: none is sent. */
  readonly resource: string | undefined
  /** Those that the server asks for. */
  readonly scopes: readonly string[]
}

export interface Where extends Wanted {
  readonly issuer: Issuer
  readonly from: Reach
  readonly net: Net
}

/** What the config names. */
type Named = Pick<
  SignInSettings,
  'issuer' | 'tokenEndpoint' | 'resource' | 'scopes'
> & {
  /** Only where somebody signs in in a browser. */
  readonly authorizationEndpoint?: string | null
}

interface WhereOptions
  extends Pick<
    SignedServer,
    'server' | 'secrets' | 'resolve' | 'url' | 'headers' | 'outward' | 'tell'
  > {
  readonly auth: Named
}

export class WhereToAsk {
  readonly #auth: Named
  readonly #options: WhereOptions
  readonly #signal: AbortSignal
  #known: Where | undefined
  #finding: Promise<Where> | undefined
  #challenge: Challenge | undefined
  /** Where the server last answered from, before any token. */
  #answered: Reach = 'any'

  /** `signal` ends all requests. */
  constructor(options: WhereOptions, signal: AbortSignal) {
    this.#auth = options.auth
    this.#options = options
    this.#signal = signal
  }

  /** Asked once for all that wait. */
  find(): Promise<Where> {
    if (this.#known) return Promise.resolve(this.#known)
    if (this.#finding) return this.#finding
    const finding = this.#find()
    this.#finding = finding
    const end = (where?: Where) => {
      // What was forgotten meanwhile stays so.
      if (this.#finding !== finding) return
      this.#finding = undefined
      this.#known = where
    }
    finding.then(end, () => end())
    return finding
  }

  forget(): void {
    this.#known = undefined
    this.#finding = undefined
    this.#challenge = undefined
  }

  /** The server has refused a token: it may name another place. */
  challenged(challenge: Challenge): void {
    if (this.#auth.issuer !== null) return
    this.#known = undefined
    this.#finding = undefined
    this.#challenge = challenge
  }

  async #find(): Promise<Where> {
    const { resolve = resolveHost, secrets, server, outward } = this.#options
    await secrets.programs.load(findPrograms(server))
    const url = this.#options.url()
    const own = url.origin
    const tell = (text: string) => this.#options.tell(text)
    const net: Net = { resolve, tell, signal: this.#signal, own, outward }
    const { issuer, tokenEndpoint } = this.#auth
    if (issuer !== null) {
      const from = await this.#findReach(new URL(tokenEndpoint ?? issuer), net)
      const found = await this.#findNamed(issuer, from, net)
      const wanted = await this.#findWanted(url, net)
      return { issuer: found, ...wanted, from: limit(from, found), net }
    }
    const { from, metadata, ...wanted } = await this.#askServer(url, net)
    const found = await findIssuer(metadata.issuer, from, net)
    return { issuer: found, ...wanted, from: limit(from, found), net }
  }

  /** What the server wants, where the config names the issuer alone: people get
   * few rights, or none, where no scope is asked for. */
  async #findWanted(url: URL, net: Net): Promise<Wanted> {
    const { authorizationEndpoint, scopes } = this.#auth
    const nothing = { resource: this.#pickResource(url, undefined), scopes: [] }
    if (authorizationEndpoint === undefined || scopes !== null) return nothing
    try {
      const { resource, scopes: own } = await this.#askServer(url, net)
      return { resource, scopes: own }
    } catch (error) {
      const isSilent =
        error instanceof SignInProblem && error.chance === 'after a change'
      if (isSilent) return nothing
      throw error
    }
  }

  async #askServer(url: URL, net: Net) {
    const challenge = this.#challenge ?? (await this.#ask(url, net))
    // Its name may have been given nearer addresses only for this look.
    const from = findFarthest([await this.#findReach(url, net), this.#answered])
    const at = challenge.resourceMetadata
    const metadata = await findResource(url, at, from, net)
    const { scopes } = challenge.scopes.length > 0 ? challenge : metadata
    const resource = this.#pickResource(url, metadata.resource)
    return { from, metadata, resource, scopes }
  }

  /** Endpoints of the config count; what they leave out is asked for. */
  async #findNamed(issuer: string, from: Reach, net: Net): Promise<Issuer> {
    const { tokenEndpoint, authorizationEndpoint } = this.#auth
    if (tokenEndpoint === null || authorizationEndpoint === null) {
      const found = await findIssuer(issuer, from, net)
      return tokenEndpoint === null ? found : { ...found, tokenEndpoint }
    }
    return { issuer, tokenEndpoint, methods: undefined, reach: undefined }
  }

  /** Behind a proxy, names may have no address here. */
  async #findReach(url: URL, net: Net): Promise<Reach> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const { proxy } = net.outward.findExit(url)
    try {
      return await lookUp(findReach(host, net.resolve), net)
    } catch {
      if (proxy) return 'public'
      throw new SignInProblem(`${host} has no address`, 'later')
    }
  }

  /** The address of the server without its query; a secret in its path is never
   * sent to another. */
  #pickResource(url: URL, named: string | undefined): string | undefined {
    const { resource } = this.#auth
    if (resource === false) return undefined
    if (resource !== null) return resource
    if (named !== undefined) return named
    if (typeof this.#options.server.url !== 'string') return url.origin
    return url.origin + (url.pathname === '/' ? '' : url.pathname)
  }

  /** A ping without a token: it changes nothing, and a server that wants tokens
   * answers with its challenge. */
  async #ask(url: URL, net: Net): Promise<Challenge> {
    const headers = {
      ...this.#options.headers(),
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'ping' })
    const ping = { method: 'POST', headers, body, headOnly: true } as const
    try {
      const answer = await fetchGuarded(url, ping, 'any', net)
      const { status, headers: own } = answer
      this.#answered = answer.reach
      return readChallenge(
        status === 401 ? (own['www-authenticate'] ?? '') : '',
      )
    } catch (error) {
      if (!(error instanceof SignInProblem)) throw error
      throw new Unreachable(error)
    }
  }
}

/** The token endpoint is named by the issuer. */
function limit(from: Reach, { reach = from }: Issuer): Reach {
  return findFarthest([from, reach])
}

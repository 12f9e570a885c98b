// What the gateway asks of the authorization server of one server, for all
// subjects: an address to sign in at, tokens, and the end of tokens.
// INVARIANT: a refresh token goes only to the issuer that gave it, from the
// client that it was given to; a renewal that has begun is not cut off.

import { randomBytes } from 'node:crypto'
import type { OAuth } from '../../contract/table.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantStore } from '../grants/store.ts'
import { Redactor } from '../secrets/redact.ts'
import {
  judgeCallback,
  listScopes,
  makeAddress,
  makeState,
} from './authorization.ts'
import type { Challenge } from './challenge.ts'
import type { Net } from './fetch.ts'
import type { Flow, Flows } from './flows.ts'
import { cleanWord, NeedsSignIn, SignInProblem } from './problem.ts'
import { type OwnClient, OwnClients } from './registration.ts'
import { revokeToken } from './revocation.ts'
import type { SignedServer } from './signed-server.ts'
import { askForToken, nameIssuer, type Token } from './token-endpoint.ts'
import { type Where, WhereToAsk } from './where.ts'

export interface IssuerRequestsOptions extends SignedServer {
  readonly auth: OAuth
  readonly store: Pick<GrantStore, 'clients'>
  readonly flows: Flows
  /** The origin at which people reach this gateway. */
  publicOrigin(): string
}

/** A token, and the client that it was given to. */
export interface Given {
  readonly token: Token
  readonly client: string
}

export interface Revocation {
  readonly revoked: boolean
  /** Why not, or what is left; one line. */
  readonly detail?: string
}

/** What was found is asked for again: before a sign-in, and after a renewal that
 * failed, as there may be many of these. */
const FRESH_MS = 300_000
const SETTLED_MS = 30_000

const REVOCATION_MS = 3_000

/** As long as an issuer that restarts may not know its clients. */
const CONFIRM_MS = 5_000

/** The client is not known there, or may not do what it was registered for. */
const UNKNOWN_CLIENT = ['invalid_client', 'unauthorized_client']

export class IssuerRequests {
  readonly clients: OwnClients
  readonly #options: IssuerRequestsOptions
  readonly #where: WhereToAsk
  readonly #stop = new AbortController()
  #found: Where | undefined
  #foundAt = Number.NEGATIVE_INFINITY
  /** The client that the issuer did not know, and when that began. */
  #refused: { readonly id: string; readonly at: number } | undefined
  /** The issuer that the server named last. */
  issuer: string | undefined

  constructor(options: IssuerRequestsOptions) {
    this.#options = options
    const { auth, store } = options
    this.issuer = auth.issuer ?? undefined
    this.clients = new OwnClients({
      ...options,
      registered: store.clients,
      publicOrigin: () => options.publicOrigin(),
      hide: (text, place) => options.hide(text, place),
    })
    this.#where = new WhereToAsk(options, this.#stop.signal)
  }

  forget(): void {
    this.#where.forget()
  }

  forgetOld(): void {
    if (this.#age > SETTLED_MS) this.#where.forget()
  }

  challenged(challenge: Challenge): void {
    this.#where.challenged(challenge)
  }

  close(): void {
    this.#stop.abort()
  }

  /** Begins a sign-in. `pick`: the scopes, of those that the server asks for. */
  async begin(
    subject: string | null,
    browser: string,
    pick: (first: readonly string[]) => readonly string[],
  ): Promise<URL> {
    const { name, auth, clock, flows } = this.#options
    if (this.#age > FRESH_MS) this.#where.forget()
    const where = await this.find()
    const client = await this.#pickClient(where, flows.hasOpen(name, subject))
    const flow: Flow = {
      state: makeState(),
      server: name,
      subject,
      browser,
      verifier: randomBytes(32).toString('base64url'),
      redirect: this.clients.redirect,
      issuer: where.issuer.issuer,
      client: client.id,
      scopes: listScopes(auth, where, pick(where.scopes)),
      began: clock.monotonic(),
    }
    const address = makeAddress(auth, where, flow)
    flows.add(flow)
    return address
  }

  /** The token of a sign-in, for the code that its browser brings. */
  async exchange(flow: Flow, parameters: URLSearchParams): Promise<Given> {
    const where = await this.find()
    try {
      const code = judgeCallback(flow, where, parameters)
      const client = await this.clients.find(where, flow.client)
      if (client?.id !== flow.client) {
        throw new SignInProblem(
          'the client that the sign-in began with is not known any more: begin again',
        )
      }
      const sent = { code, code_verifier: flow.verifier }
      const more = { ...sent, redirect_uri: flow.redirect }
      const secrets = Object.values(sent)
      const what = 'authorization_code'
      const token = await this.ask(where, client, what, more, secrets)
      return { token, client: client.id }
    } catch (error) {
      if (isUnknownClient(error)) {
        await this.clients.forget(where, flow.client)
      }
      throw error
    }
  }

  /** The next token of a grant. */
  async renew(grant: Grant): Promise<Given> {
    const where = await this.find()
    const { issuer } = where.issuer
    const { tell } = where.net
    if (issuer !== grant.issuer) {
      throw new NeedsSignIn(
        `the server now names the authorization server ${cleanWord(issuer, 200, tell)}, not ${cleanWord(grant.issuer, 200, tell)}`,
      )
    }
    const client = await this.clients.find(where, grant.client)
    if (!client) {
      throw new NeedsSignIn(
        `the client ${cleanWord(grant.client, 100, tell)} that it was granted to is not the one of the config`,
      )
    }
    const refresh = grant.refreshToken ?? ''
    const renewBy = async (by: OwnClient): Promise<Given> => {
      const sent = { refresh_token: refresh }
      const what = 'refresh_token'
      const token = await this.ask(where, by, what, sent, [refresh])
      this.#refused = undefined
      return { token, client: by.id }
    }
    try {
      return await renewBy(client)
    } catch (error) {
      if (!isUnknownClient(error)) throw error
      this.#confirm(where, client)
      if (!(await this.clients.forget(where, client.id))) throw error
      return await renewBy(await this.clients.current(where))
    }
  }

  /** What was granted to a registered client ends with it: a refusal that may
   * pass forgets none. */
  #confirm(where: Where, { id, by }: OwnClient): void {
    if (by !== 'registration') return
    const now = this.#options.clock.monotonic()
    if (this.#refused?.id !== id) this.#refused = { id, at: now }
    if (now - this.#refused.at >= CONFIRM_MS) return
    throw new SignInProblem(
      `${nameIssuer(where)} does not know the gateway at the moment`,
      'later',
    )
  }

  /** Ends the tokens of a grant at its issuer, in bounded time. */
  async revoke(grant: Grant): Promise<Revocation> {
    const { tell } = this.#options
    try {
      return await within(REVOCATION_MS, this.#revoke(grant))
    } catch (error) {
      const isOurs = error instanceof SignInProblem
      const why = isOurs ? tell(error.message) : 'it failed'
      return { revoked: false, detail: `its tokens are not revoked: ${why}` }
    }
  }

  async #revoke(grant: Grant): Promise<Revocation> {
    const where = await this.find()
    if (where.issuer.issuer !== grant.issuer) {
      throw new SignInProblem('the server names another authorization server')
    }
    const endpoint = where.issuer.browser?.revocationEndpoint
    if (endpoint === undefined) {
      throw new SignInProblem(`${nameIssuer(where)} cannot revoke tokens`)
    }
    const client = await this.clients.known(where, grant.client)
    if (!client) {
      throw new SignInProblem('the client that they were given to is not known')
    }
    const tokens = [
      ['refresh_token', grant.refreshToken],
      ['access_token', grant.accessToken],
    ] as const
    let isWhole = true
    for (const [hint, token] of tokens) {
      if (!token) continue
      isWhole = await revokeToken({
        issuer: where.issuer,
        client,
        endpoint,
        token,
        hint,
        from: where.from,
        net: this.#netOf(where, [token]),
        hide: (text) => this.#options.hide(text, 'client assertion'),
      })
    }
    return isWhole
      ? { revoked: true }
      : { revoked: true, detail: describeRest(grant) }
  }

  get #age(): number {
    return this.#options.clock.monotonic() - this.#foundAt
  }

  /** Where tokens are requested, and for what. */
  async find(): Promise<Where> {
    const where = await this.#where.find()
    if (where === this.#found) return where
    this.#found = where
    this.#foundAt = this.#options.clock.monotonic()
    this.issuer = where.issuer.issuer
    return where
  }

  /** A client that is not known any more is told to the browser alone. If a
   * sign-in has not come back, a code that cannot be good asks for it. */
  async #pickClient(where: Where, isAgain: boolean): Promise<OwnClient> {
    const client = await this.clients.current(where)
    if (!isAgain || client.by !== 'registration') return client
    const code = makeState()
    const sent = {
      code,
      code_verifier: code,
      redirect_uri: this.clients.redirect,
    }
    try {
      await this.ask(where, client, 'authorization_code', sent, [code])
    } catch (error) {
      if (
        isUnknownClient(error) &&
        (await this.clients.forget(where, client.id))
      ) {
        return await this.clients.current(where)
      }
    }
    return client
  }

  /** One token. `secrets` are in no text of a problem. */
  async ask(
    where: Where,
    client: OwnClient,
    grantType: string,
    parameters: Readonly<Record<string, string>>,
    secrets: readonly string[],
    check = describeCheck,
  ): Promise<Token> {
    const { name, auth, hide } = this.#options
    const { issuer, from, resource } = where
    return await askForToken({
      client,
      issuer,
      grantType,
      parameters: {
        ...parameters,
        ...(resource !== undefined && { resource }),
      },
      tokenIn: auth.tokenIn,
      from,
      net: this.#netOf(where, secrets),
      hide: (text) => hide(text, 'client assertion'),
      check: (code) => check(code, client, name),
    })
  }

  /** Without an end before its time; `secrets` are in no text of it. */
  #netOf({ net }: Where, secrets: readonly string[]): Net {
    const tell = (text: string) => {
      const redactor = new Redactor()
      for (const one of secrets) redactor.add(one)
      return redactor.redactText(net.tell(text))
    }
    return { ...net, tell, signal: new AbortController().signal }
  }
}

/** An access token that the issuer keeps no record of. */
function describeRest({ ends }: Grant): string {
  const until = ends === null ? '' : ` at ${new Date(ends).toISOString()}`
  return `the access token cannot be revoked: it ends by itself${until}`
}

function isUnknownClient(error: unknown): boolean {
  return (
    error instanceof SignInProblem &&
    error.code !== undefined &&
    UNKNOWN_CLIENT.includes(error.code)
  )
}

/** Who must do what, by the error code (RFC 6749, 5.2; RFC 8707). */
function describeCheck(code: string, { by }: OwnClient, name: string): string {
  const at = `of servers.${name}`
  if (code === 'invalid_grant') return 'sign in again'
  if (code === 'invalid_scope') return `check \`auth.scopes\` ${at}`
  if (code === 'invalid_target') return `check \`auth.resource\` ${at}`
  if (by === 'config') return `check \`auth.client\` ${at}`
  return by === 'document'
    ? 'it must be able to read the metadata document of the gateway'
    : 'the gateway registers itself again at the next sign-in'
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new SignInProblem('it did not answer in time', 'later'))
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

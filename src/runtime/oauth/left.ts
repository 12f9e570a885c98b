// Accounts at servers that are disabled, or that the config holds no more.
// In: grants of the store. Out: accounts; the end of one.
// INVARIANT: the server is asked nothing; tokens go to the issuer that gave them,
// with the proof of the client that they were given to.

import type { OAuth } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantStore } from '../grants/store.ts'
import type { Outward } from '../outward/outward.ts'
import { Redactor } from '../secrets/redact.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import { type Account, describeGrant, type GrantEvent } from './account.ts'
import type { Flows } from './flows.ts'
import { IssuerRequests, type Revocation } from './issuer-requests.ts'

export interface LeftOptions {
  readonly clock: Clock
  readonly secrets: SecretSource
  readonly store: GrantStore
  readonly flows: Flows
  publicOrigin(): string
  /** The way of what belongs to no server. */
  outward(): Outward
  /** The `auth` of a server that is disabled; undefined: of none. */
  authOf(server: string): OAuth | undefined
  onEvent(event: GrantEvent): void
}

const MAX_DETAIL = 1_000

export class LeftAccounts {
  readonly #options: LeftOptions

  constructor(options: LeftOptions) {
    this.#options = options
  }

  /** The servers that there are grants of, also those that run. */
  get servers(): readonly string[] {
    const all = this.#options.store.list().map(({ server }) => server)
    return [...new Set(all)]
  }

  list(server: string): readonly Account[] {
    const { store, clock } = this.#options
    return store
      .list()
      .filter((grant) => grant.server === server)
      .map((grant) => describeGrant(grant, { store, now: clock.now() }))
  }

  accountOf(subject: string | null, server: string): Account | undefined {
    return this.list(server).find((one) => one.subject === subject)
  }

  /** Takes the grant away, then ends its tokens at the issuer. Undefined: there
   * was none. */
  async disconnect(
    subject: string | null,
    server: string,
  ): Promise<Revocation | undefined> {
    const { store, onEvent } = this.#options
    const grant = await store.delete(subject, server)
    if (!grant) return undefined
    const outcome =
      grant.state === 'ended'
        ? { revoked: false, detail: 'it had ended' }
        : await this.#revoke(grant)
    const { issuer } = grant
    const grantId = store.idOf(subject, server, issuer)
    const detail = outcome.detail !== undefined && { detail: outcome.detail }
    onEvent({ kind: 'revoked', server, subject, grantId, issuer, ...detail })
    return outcome
  }

  async #revoke(grant: Grant): Promise<Revocation> {
    const { publicOrigin, outward, ...options } = this.#options
    const redactor = new Redactor()
    const requests = new IssuerRequests({
      ...options,
      name: grant.server,
      auth: this.#authOf(grant),
      server: NOBODY,
      publicOrigin: () => publicOrigin(),
      url: () => new URL(NOBODY.url),
      headers: () => ({}),
      outward: outward(),
      hide: (text, place, kept) => redactor.add(text, place, kept),
      unhide: (place) => redactor.forget(place),
      tell: (text) => redactor.redactText(text, MAX_DETAIL),
    })
    try {
      return await requests.revoke(grant)
    } finally {
      requests.close()
    }
  }

  /** With the issuer of the grant and no scopes wanted, nobody else is asked. A
   * secret goes only to the issuer that it is for. */
  #authOf({ server, issuer }: Grant): OAuth {
    const { authOf, store } = this.#options
    const auth = authOf(server)
    const own = auth?.client ?? null
    const meant =
      auth?.issuer ?? (own && store.clients.issuerOf(server, own.id)) ?? null
    const client = own?.secret && meant !== issuer ? null : own
    const scopes: readonly string[] = []
    return { ...NO_AUTH, client, issuer, scopes, resource: false }
  }
}

const NO_AUTH = Object.freeze({
  type: 'oauth',
  as: 'person',
  via: null,
  authorizationEndpoint: null,
  tokenEndpoint: null,
  parameters: {},
  tokenIn: null,
})

/** Its address is nobody's (RFC 2606). */
const NOBODY = Object.freeze({ url: 'https://server.invalid/' })

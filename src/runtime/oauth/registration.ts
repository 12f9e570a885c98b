// The gateway as a client of an authorization server.
// In: config, metadata of the issuer. Out: a client, or what to register where.
// INVARIANT: the order of the MCP specification; a client of one issuer proves
// nothing to another.

import type { OAuth } from '../../contract/table.ts'
import { findPrograms } from '../../table/references.ts'
import type { Clock } from '../base/clock.ts'
import type { RegisteredClient, RegisteredClients } from '../grants/clients.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import { loadCredential, makeClientAuth, proveByBasic } from './client-key.ts'
import {
  describeClient,
  documentOf,
  readRegistration,
} from './client-metadata.ts'
import { fetchGuarded } from './fetch.ts'
import { cleanWord, SignInProblem } from './problem.ts'
import { nameIssuer, type ProvenIdentity } from './token-endpoint.ts'
import type { Where } from './where.ts'

export interface OwnClient extends ProvenIdentity {
  readonly by: 'config' | 'document' | 'registration'
}

export interface OwnClientsOptions {
  /** Of the server, in the config. */
  readonly name: string
  readonly auth: OAuth
  readonly clock: Clock
  readonly secrets: SecretSource
  readonly registered: RegisteredClients
  publicOrigin(): string
  hide(text: string, place: string): void
}

export class OwnClients {
  readonly #options: OwnClientsOptions
  /** By issuer and redirect address. */
  readonly #pending = new Map<string, Promise<RegisteredClient>>()

  constructor(options: OwnClientsOptions) {
    this.#options = options
  }

  get redirect(): string {
    const { name, publicOrigin } = this.#options
    return `${publicOrigin()}/connect/${name}/callback`
  }

  /** Its metadata document; undefined: nobody can read one. */
  get document(): object | undefined {
    return documentOf(this.#options.publicOrigin(), this.#options.name)
  }

  /** The client of a new sign-in. */
  async current(where: Where): Promise<OwnClient> {
    const { auth, name, registered } = this.#options
    if (auth.client) return await this.#readConfig(where)
    const document = this.#documentAt(where)
    if (document) return await this.#proveDocument(document)
    const { redirect } = this
    const known = registered.find(name, where.issuer.issuer, redirect)
    if (known && !this.#hasExpired(known)) return await this.#prove(known)
    return await this.#prove(await this.#register(where, redirect))
  }

  /** How the client of a new sign-in would come about; registers nothing.
   * Throws: what to register where. */
  async way(where: Where): Promise<OwnClient['by']> {
    if (this.#options.auth.client) return (await this.#readConfig(where)).by
    if (this.#documentAt(where)) return 'document'
    this.#endpointOf(where, this.redirect)
    return 'registration'
  }

  /** The client with this id; undefined: it is not known any more. */
  async known(where: Where, id: string): Promise<OwnClient | undefined> {
    const { auth, name, registered } = this.#options
    if (auth.client?.id === id) return await this.#readConfig(where)
    if (id === this.#documentId) return await this.#proveDocument(id)
    const known = registered.findById(name, where.issuer.issuer, id)
    return known && !this.#hasExpired(known)
      ? await this.#prove(known)
      : undefined
  }

  /** The client that renews what was granted to the one with this id; undefined:
   * there is none. */
  async find(where: Where, id: string): Promise<OwnClient | undefined> {
    const known = await this.known(where, id)
    if (known) return known
    // It has been registered anew.
    return this.#options.auth.client || this.#documentAt(where)
      ? undefined
      : await this.current(where)
  }

  /** The issuer does not know the client. Whether there may be another. */
  async forget(where: Where, id: string): Promise<boolean> {
    const { auth, name, registered, secrets } = this.#options
    // Its program may print another secret by now.
    secrets.programs.doubt(findPrograms(auth.client))
    if (auth.client || id === this.#documentId) return false
    await registered.forget(name, where.issuer.issuer, id)
    return true
  }

  get #documentId(): string | undefined {
    const { client_id: id } = Object(this.document)
    return id
  }

  /** Its address, where the issuer reads such documents. */
  #documentAt({ issuer }: Where): string | undefined {
    const { methods, browser } = issuer
    const isOpen = methods === undefined || methods.includes('none')
    return browser?.readsDocuments && isOpen ? this.#documentId : undefined
  }

  async #proveDocument(id: string): Promise<OwnClient> {
    const oauth = await import('oauth4webapi')
    return { id, by: 'document', proof: oauth.None() }
  }

  /** A secret without an issuer in the config is for the first that is named. */
  async #readConfig(where: Where): Promise<OwnClient> {
    const { auth, name, secrets, registered, hide } = this.#options
    const client = auth.client as NonNullable<OAuth['client']>
    const { issuer, methods } = where.issuer
    const { tell } = where.net
    if (client.secret && auth.issuer === null) {
      const bound = registered.issuerOf(name, client.id)
      if (bound !== undefined && bound !== issuer) {
        throw new SignInProblem(
          `the server names the authorization server ${cleanWord(issuer, 200, tell)}, but \`client.secret\` of servers.${name} is for ${cleanWord(bound, 200, tell)}; write \`issuer\` with the one that it is for`,
        )
      }
      if (bound === undefined) await registered.bind(name, client.id, issuer)
    }
    const credential = await loadCredential(client, secrets)
    if (client.secret) hide(credential, 'client secret')
    const proof = await makeClientAuth(client, credential, methods)
    return { id: client.id, by: 'config', proof }
  }

  async #prove({ id, secret, method }: RegisteredClient): Promise<OwnClient> {
    const oauth = await import('oauth4webapi')
    if (secret === null || method === 'none') {
      return { id, by: 'registration', proof: oauth.None() }
    }
    this.#options.hide(secret, 'registered client secret')
    const proof =
      method === 'client_secret_post'
        ? oauth.ClientSecretPost(secret)
        : proveByBasic(secret)
    return { id, by: 'registration', proof }
  }

  #hasExpired({ ends }: RegisteredClient): boolean {
    return ends !== null && ends <= this.#options.clock.now()
  }

  #endpointOf(where: Where, redirect: string): string {
    const endpoint = where.issuer.browser?.registrationEndpoint
    if (endpoint !== undefined) return endpoint
    throw new SignInProblem(
      `${nameIssuer(where)} registers no clients: ${this.#advise(redirect)}`,
    )
  }

  #advise(redirect: string): string {
    return `register the gateway there as a client for the redirect address ${redirect}, and write its id as \`client: { id: … }\` in \`auth\` of servers.${this.#options.name}`
  }

  /** Once for all that wait. */
  #register(where: Where, redirect: string): Promise<RegisteredClient> {
    const key = JSON.stringify([where.issuer.issuer, redirect])
    const found = this.#pending.get(key)
    if (found) return found
    const pending = this.#request(where, redirect).finally(() => {
      this.#pending.delete(key)
    })
    this.#pending.set(key, pending)
    return pending
  }

  async #request(where: Where, redirect: string): Promise<RegisteredClient> {
    const { issuer, from, net } = where
    const who = nameIssuer(where)
    const { name, registered, publicOrigin } = this.#options
    const advice = this.#advise(redirect)
    const endpoint = this.#endpointOf(where, redirect)
    const metadata = describeClient(publicOrigin(), redirect, issuer.methods)
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
    }
    const body = JSON.stringify(metadata)
    const post = { method: 'POST', headers, body } as const
    const answer = await fetchGuarded(new URL(endpoint), post, from, net)
    if (answer.status >= 500 || answer.status === 429) {
      throw new SignInProblem(
        `${who} cannot register the gateway now: HTTP ${answer.status}`,
        'later',
      )
    }
    const client = readRegistration(answer, net.tell)
    if (typeof client === 'string') {
      throw new SignInProblem(
        `${who} does not register the gateway: ${client}; ${advice}`,
      )
    }
    await registered.save(name, issuer.issuer, redirect, client)
    return client
  }
}

// The company's identity provider: what it says of itself, and its keys.
// In: the login, a way to ask. Out: metadata, and sets of keys.
// INVARIANT: every address is https or on this host, and reached through the
// guard; no redirect is followed; an answer is bounded.

import type { JWK } from 'jose'
import type { Login } from '../../contract/login.ts'
import { findMetadata, readObject } from '../oauth/discovery.ts'
import { fetchGuarded, lookUp, type Net, showUrl } from '../oauth/fetch.ts'
import { SignInProblem, type Tell } from '../oauth/problem.ts'
import {
  findFarthest,
  findReach,
  type Reach,
  type Resolve,
  resolveHost,
} from '../oauth/reach.ts'
import type { Outward } from '../outward/outward.ts'
import { readKeySet } from './token-keys.ts'

export interface ProviderOptions {
  readonly login: Pick<Login, 'issuer' | 'jwks'>
  /** Milliseconds that never go backwards. */
  monotonic(): number
  /** Default: the resolver of this host. */
  readonly resolve?: Resolve
  readonly tell?: Tell
  /** How the gateway leaves its host, for what belongs to no server. */
  outward(): Outward
}

export interface ProviderMetadata {
  readonly metadata: Readonly<Record<string, unknown>>
  /** How near the addresses that it names may be. */
  readonly reach: Reach
}

/** After it, the metadata is read again. */
const KNOWN_MS = 3_600_000

export class Provider {
  readonly #options: ProviderOptions
  readonly #stop = new AbortController()
  #known: { readonly at: number; readonly found: ProviderMetadata } | undefined
  #finding: Promise<ProviderMetadata> | undefined

  constructor(options: ProviderOptions) {
    this.#options = options
  }

  /** As the running table says. */
  get net(): Net {
    const { resolve = resolveHost, tell = (text) => text } = this.#options
    return {
      resolve,
      tell,
      signal: this.#stop.signal,
      own: new URL(this.#options.login.issuer).origin,
      outward: this.#options.outward(),
    }
  }

  /** Asked once for all that wait. Rejects with a SignInProblem. */
  find(): Promise<ProviderMetadata> {
    const now = this.#options.monotonic()
    if (this.#known && now - this.#known.at < KNOWN_MS) {
      return Promise.resolve(this.#known.found)
    }
    this.#finding ??= this.#find()
      .then((found) => {
        this.#known = { at: now, found }
        return found
      })
      .finally(() => {
        this.#finding = undefined
      })
    return this.#finding
  }

  async #find(): Promise<ProviderMetadata> {
    const { issuer } = this.#options.login
    const from = await this.#reachOf(new URL(issuer))
    const { metadata, reach } = await findMetadata(issuer, from, this.net)
    return { metadata, reach: findFarthest([from, reach]) }
  }

  /** Behind a proxy, names may have no address here. */
  async #reachOf(url: URL): Promise<Reach> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const { net } = this
    const { proxy } = net.outward.findExit(url)
    try {
      return await lookUp(findReach(host, net.resolve), net)
    } catch {
      if (proxy) return 'public'
      throw new SignInProblem(`${host} has no address`, 'later')
    }
  }

  /** Rejects with a SignInProblem. */
  async readKeys(): Promise<readonly JWK[]> {
    const { jwks } = this.#options.login
    // The operator has named the address in the config.
    const [url, from] =
      jwks === null ? await this.#findKeys() : ([new URL(jwks), 'any'] as const)
    const headers = { accept: 'application/jwk-set+json, application/json' }
    const ask = { method: 'GET', headers } as const
    const answer = await fetchGuarded(url, ask, from, this.net)
    const shown = showUrl(url, this.net.tell)
    if (answer.status !== 200) {
      throw new SignInProblem(`${shown} answers HTTP ${answer.status}`, 'later')
    }
    const keys = readKeySet(readObject(answer))
    if (!keys) throw new SignInProblem(`${shown} is not a set of keys`)
    return keys
  }

  async #findKeys(): Promise<readonly [URL, Reach]> {
    const { metadata, reach } = await this.find()
    return [readEndpoint(metadata, 'jwks_uri'), reach]
  }

  close(): void {
    this.#stop.abort()
  }
}

export function readEndpoint(
  metadata: Readonly<Record<string, unknown>>,
  name: string,
): URL {
  const value = metadata[name]
  if (typeof value === 'string' && URL.canParse(value)) return new URL(value)
  throw new SignInProblem(`the metadata of the provider has no ${name}`)
}

// The login of the running table: what checks its tokens.
// In: each table's login, the public address. Out: a verifier; its state.
// INVARIANT: what was verified under other terms is forgotten; nothing is fetched
// before a token needs it.

import type { Logger } from '../../contract/log.ts'
import type { Login } from '../../contract/login.ts'
import type { LoginStatus } from '../../contract/status.ts'
import type { Clock } from '../base/clock.ts'
import type { Outward } from '../outward/outward.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import { nameIssuer } from './challenge.ts'
import { Introspection } from './introspection.ts'
import { LogoutReader } from './logout-reader.ts'
import type { Logouts } from './logouts.ts'
import { Provider } from './provider.ts'
import { ProviderKeys } from './provider-keys.ts'
import type { TokenKeys } from './token-keys.ts'
import { Verifier } from './verifier.ts'

export interface CompanyLoginOptions {
  readonly clock: Clock
  readonly secrets: SecretSource
  readonly log: Pick<Logger, 'error' | 'info'>
  outward(): Outward
  /** The keys of the gateway's own authorization server. */
  readonly ownKeys: TokenKeys
  readonly logouts: Pick<Logouts, 'open'>
}

/** By which the gateway's own authorization server signs. */
const OWN_ALGORITHMS = Object.freeze(['ES256'])

interface Running {
  /** Everything that a verdict depends on. */
  readonly terms: string
  readonly login: Login
  readonly verifier: Verifier
  readonly provider: Provider
  readonly keys: ProviderKeys
  readonly reader: LogoutReader
}

export class CompanyLogin {
  readonly #options: CompanyLoginOptions
  #running: Running | undefined
  /** Of introspection. */
  #problem: string | null = null

  constructor(options: CompanyLoginOptions) {
    this.#options = options
  }

  get verifier(): Verifier | undefined {
    return this.#running?.verifier
  }

  /** What reads the logout tokens of the provider. */
  get logoutReader(): LogoutReader | undefined {
    return this.#running?.reader
  }

  /** Takes the login of a table. True: what was verified before counts no more. */
  follow(login: Login | null, origin: string): boolean {
    const terms = login ? writeTerms(login, origin) : ''
    if (terms === (this.#running?.terms ?? '')) return false
    this.#running?.provider.close()
    this.#problem = null
    this.#running = login ? this.#start(login, origin, terms) : undefined
    return true
  }

  #start(login: Login, origin: string, terms: string): Running {
    const { clock, secrets, ownKeys, outward } = this.#options
    this.#options.logouts.open()
    const { issuer, introspection, server } = login
    const provider = new Provider({
      login,
      outward,
      monotonic: () => clock.monotonic(),
    })
    const keys = new ProviderKeys({
      clock,
      read: () => provider.readKeys(),
      note: (problem) => this.#note(issuer, 'keys', problem),
    })
    const asked = introspection && {
      ...introspection,
      provider,
      issuer,
      secrets,
      note: (problem: string | null) => {
        this.#problem = problem
        this.#note(issuer, 'introspection', problem)
      },
    }
    const verifier = new Verifier({
      // The config names those of the provider.
      login: server ? { ...login, algorithms: OWN_ALGORITHMS } : login,
      origin,
      issuer: nameIssuer(login, origin),
      clock,
      keys: server ? ownKeys : keys,
      introspection: asked && !server ? new Introspection(asked) : undefined,
    })
    const reader = new LogoutReader({ login, clock, keys })
    return { terms, login, verifier, provider, keys, reader }
  }

  #note(issuer: string, what: string, problem: string | null): void {
    const { log } = this.#options
    if (problem === null) log.info({ issuer }, `${what}: answered again`)
    else log.error({ issuer, problem }, `${what}: the provider does not answer`)
  }

  /** Null: the table has none. */
  describe(): Omit<LoginStatus, 'server' | 'logouts'> | null {
    if (!this.#running) return null
    const { login, keys } = this.#running
    const { keys: count, ageMs, problem } = keys.describe()
    const age = ageMs === null ? null : Math.round(ageMs / 1_000)
    return {
      issuer: login.issuer,
      path: login.path,
      keys: count,
      keysAge: age,
      problem: problem ?? this.#problem,
    }
  }

  close(): void {
    this.#running?.provider.close()
  }
}

/** Which groups are which teams is judged at each request. */
function writeTerms(login: Login, origin: string): string {
  const { server, teams, ...rest } = login
  return JSON.stringify([origin, teams.claim, server !== null, rest])
}

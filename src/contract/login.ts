// The company's login: people come with tokens of the company's provider.
// In: nothing. Out: only types; editors show their JSDoc on hover.
// INVARIANT: plain data; a secret is only named. A group gives nothing by
// itself: the reviewed file says which team it means.

import type { Duration } from './policy.ts'
import type { SecretConfig } from './program.ts'
import type { ProvenClient } from './table.ts'

type SecretRefConfig = { readonly secret: SecretConfig }

/** The gateway, as it is registered at the provider. */
export type LoginClientConfig =
  | {
      readonly id: string
      readonly secret: SecretRefConfig
      readonly key?: never
    }
  | {
      readonly id: string
      readonly key: SecretRefConfig
      readonly secret?: never
    }

export interface LoginTeamsConfig<T extends string = string> {
  /** The claim that lists a person's groups: a name, or a JSON pointer such as
   * `'/realm_access/roles'`. */
  readonly claim: string
  /** Group → team. The first entry that a person is in decides; who is in none
   * may do nothing. */
  readonly map: Readonly<Record<string, T>>
}

/** An authorization server of the gateway's own, in front of the provider: for
 * providers at which MCP clients cannot register. */
export interface LoginServerConfig {
  /** The gateway, as it is registered at the provider. */
  readonly client: LoginClientConfig
  /** Requested from the provider. Default: `['openid', 'email', 'profile']`. */
  readonly scopes?: readonly string[]
  /** Added to the address where people sign in, such as
   * `{ access_type: 'offline' }` for Google. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Hosts to which a client may send people back, such as `'claude.ai'`;
   * `'loopback'` for programs on the person's own machine. Default: any host,
   * which the person is shown. */
  readonly redirects?: readonly string[]
  /** How clients may register: `documents` only by a metadata document of their
   * own. Default: `any`. */
  readonly registration?: 'any' | 'documents'
  /** How long an access token is valid. Default: `'10m'`. */
  readonly accessToken?: Duration
  /** How long a client may renew without a new sign-in. Default: `'30d'`. */
  readonly refreshToken?: Duration
}

/** How people sign in with the company's identity provider. */
export interface LoginConfig<T extends string = string> {
  /** The provider, exactly as its metadata and its tokens name it. */
  readonly issuer: string
  /** Path of the endpoint for these people. Default: `'/sso/mcp'`. */
  readonly path?: string
  /** The claim that names the person in the audit, in limits and in
   * revocations. Default: `'email'`. */
  readonly subject?: string
  /** Which groups of the provider are which teams. */
  readonly teams: LoginTeamsConfig<T>
  /** Ids of the clients whose tokens are accepted. Default: any. */
  readonly clients?: readonly string[]
  /** What a token must be for. Default: the address of the endpoint. */
  readonly audience?: string | readonly string[]
  /** A token must have each of these. Default: none. */
  readonly scopes?: readonly string[]
  /** Accepted signatures. Default: RS256, PS256, ES256, ES384, EdDSA. */
  readonly algorithms?: readonly string[]
  /** Where the provider's keys are, for one without metadata. */
  readonly jwks?: string
  /** Asks the provider about each token that is not a JWT (RFC 7662). */
  readonly introspection?: {
    /** Default: the one in the metadata of the provider. */
    readonly endpoint?: string
    readonly client: LoginClientConfig
  }
  /** The longest time that a token is believed after it was issued; changes of
   * groups hold after it at the latest. Default: `'1h'`. */
  readonly maxAge?: Duration
  readonly server?: LoginServerConfig
}

/** Durations are milliseconds; every default is filled in. */
export interface LoginServer {
  readonly client: ProvenClient
  readonly scopes: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  /** Null: any. */
  readonly redirects: readonly string[] | null
  readonly registration: 'any' | 'documents'
  readonly accessToken: number
  readonly refreshToken: number
}

export interface GroupTeam {
  readonly group: string
  readonly team: string
  /** Pointer of the entry in the authored config. */
  readonly rule: string
}

export interface Login {
  readonly issuer: string
  readonly path: string
  readonly subject: string
  readonly teams: {
    readonly claim: string
    /** In the order of the config: the first that matches decides. */
    readonly map: readonly GroupTeam[]
  }
  /** Null: any. */
  readonly clients: readonly string[] | null
  /** Null: the address of the endpoint. */
  readonly audience: readonly string[] | null
  readonly scopes: readonly string[]
  readonly algorithms: readonly string[]
  readonly jwks: string | null
  readonly introspection: {
    readonly endpoint: string | null
    readonly client: ProvenClient
  } | null
  readonly maxAge: number
  readonly server: LoginServer | null
}

/** Somebody whom the provider has named; instants are milliseconds since the
 * epoch. */
export interface Person {
  readonly issuer: string
  /** The provider's own name for them (`sub`), which never changes. */
  readonly sub: string
  /** Their name here: the value of `login.subject`. */
  readonly subject: string
  readonly groups: readonly string[]
  /** The client that the token was given to; null: not said. */
  readonly client: string | null
  readonly scopes: readonly string[]
  /** Of the token. */
  readonly issued: number
  readonly expires: number
  /** When they last signed in; null: not said. */
  readonly authenticated: number | null
  /** A digest of their session at the provider (`sid`); null: not said. */
  readonly session: string | null
}

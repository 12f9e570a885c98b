// How the gateway signs in to a server, as an author writes it.
// In: nothing. Out: only types; editors show their JSDoc on hover.
// INVARIANT: plain data: a secret or a key is only named, never written.

import type { ProgramConfig } from './program.ts'

interface SecretClient {
  /** Its name at the authorization server. */
  readonly id: string
  /** The client secret: `secret('env:NAME')`. */
  readonly secret: {
    readonly secret: `env:${string}` | `file:${string}` | ProgramConfig
  }
  readonly key?: never
}

interface KeyClient {
  /** Its name at the authorization server. */
  readonly id: string
  /** A private key as a JWK: `secret('file:gw.jwk')`. The authorization server
   * has its public half; nothing secret is sent. */
  readonly key: {
    readonly secret: `env:${string}` | `file:${string}` | ProgramConfig
  }
  readonly secret?: never
}

/** The argument of `clientCredentials({…})`. */
export interface ClientCredentialsOptions {
  /** The authorization server, exactly as its metadata names it. Default: the
   * one that the server names. */
  readonly issuer?: string
  /** Where tokens are requested, for an `issuer` without metadata. */
  readonly tokenEndpoint?: string
  /** The gateway, as it is registered there. */
  readonly client: SecretClient | KeyClient
  /** Exactly these scopes are requested. Default: those that the server asks
   * for, also when it asks for more later. */
  readonly scopes?: readonly string[]
  /** What the token is for (RFC 8707); `false` sends nothing. Default: the
   * address of the server. */
  readonly resource?: string | false
  /** Further parameters of the token request, such as `audience`. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** The gateway gets access tokens as itself; `clientCredentials({…})` adds
 * `type`. */
export interface ClientCredentialsConfig extends ClientCredentialsOptions {
  readonly type: 'clientCredentials'
}

interface PublicClient {
  /** Its name at the authorization server. */
  readonly id: string
  readonly secret?: never
  readonly key?: never
}

/** The argument of `oauth({…})`. */
export interface OAuthOptions {
  /** Whose account the server sees: `person`: each person signs in with an
   * account of their own; `gateway`: an operator signs in once, for all. */
  readonly as: 'person' | 'gateway'
  /** `login`: nobody signs in here; the company's provider (`login.server`)
   * vouches for each person (ID-JAG). Needs `client`. */
  readonly via?: 'login'
  /** The authorization server, exactly as its metadata names it. Default: the
   * one that the server names. */
  readonly issuer?: string
  /** Where people sign in, for an `issuer` without metadata. */
  readonly authorizationEndpoint?: string
  /** Where tokens are requested, for an `issuer` without metadata. */
  readonly tokenEndpoint?: string
  /** The gateway, as it is registered there. Default: it registers itself. */
  readonly client?: SecretClient | KeyClient | PublicClient
  /** Exactly these scopes are requested. Default: those that the server asks
   * for, also when it asks for more later. */
  readonly scopes?: readonly string[]
  /** What the token is for (RFC 8707); `false` sends nothing. Default: the
   * address of the server. */
  readonly resource?: string | false
  /** Further parameters of the address where people sign in, such as
   * `prompt`. */
  readonly parameters?: Readonly<Record<string, string>>
  /** The member of the token response that holds the token, for authorization
   * servers that put it into an object: `authed_user`. */
  readonly tokenIn?: string
}

/** Somebody signs in to the server in a browser; `oauth({…})` adds `type`. */
export interface OAuthConfig extends OAuthOptions {
  readonly type: 'oauth'
}

/** How the gateway signs in to a server. */
export type SignInConfig = ClientCredentialsConfig | OAuthConfig

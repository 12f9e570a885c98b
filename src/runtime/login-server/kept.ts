// What the authorization server keeps: people, clients, sign-ins.
// INVARIANT: it holds tokens: it is only sealed, and sent to whom it is for.
// Instants are milliseconds since the epoch.

/** A client that somebody has allowed to act for them, and where it may send
 * them back to. */
export interface Allowed {
  readonly client: string
  readonly host: string
  readonly at: number
}

/** What the provider has said of somebody, as it signed it. */
export interface IdToken {
  readonly value: string
  /** When it came, and when it ends. */
  readonly came: number
  readonly ends: number
}

/** Somebody whom the provider has named. */
export interface KeptPerson {
  readonly issuer: string
  readonly sub: string
  readonly subject: string
  /** Those that the provider gave last. */
  readonly groups: readonly string[]
  /** When the person last signed in, as the provider says it. */
  readonly authenticated: number
  /** A digest of the session of that sign-in there; absent: not said. */
  readonly session?: string | null
  /** When the provider last named them. */
  readonly seen: number
  /** Of the provider; null: it gave none. */
  readonly refreshToken: string | null
  /** The last of the provider, where it vouches for people at servers. */
  readonly idToken?: IdToken | null
  readonly allowed: readonly Allowed[]
  /** What was given until then counts no more: the provider has ended it. */
  readonly ended?: number
}

/** A client that has registered itself. */
export interface KeptClient {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly created: number
  /** When somebody last allowed it; null: nobody has. */
  readonly used: number | null
}

/** Of a sign-in at the provider, what it says of it. */
export interface SignInThere {
  /** When the person had signed in. */
  readonly authenticated: number
  /** A digest of the session; absent: not said. */
  readonly session?: string | null
}

/** What a client was given for a person; the payloads are of oidc-provider. */
export interface KeptSignIn extends SignInThere {
  readonly person: string
  readonly client: string
  readonly began: number
  readonly ends: number
  /** Whether the client sends people to their own machine. */
  readonly isLocal: boolean
  readonly grant: Payload
  /** The refresh token that counts now, and when it took the place of another. */
  readonly refresh: Payload
  readonly renewed?: number
}

export type Payload = Readonly<Record<string, unknown>>

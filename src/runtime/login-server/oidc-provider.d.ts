// What of oidc-provider is used here: it has no types of its own.
// INVARIANT: its files, not its index, which writes a warning for Node 20.

declare module 'oidc-provider/lib/provider.js' {
  import type { RequestListener } from 'node:http'

  /** A request as Koa holds it, with the state of oidc-provider. */
  export interface Context {
    readonly path: string
    type: string
    status: number
    body: unknown
    readonly req: import('node:http').IncomingMessage
    readonly res: import('node:http').ServerResponse
    append(name: string, value: string | readonly string[]): void
    set(headers: Readonly<Record<string, string>>): void
    readonly oidc: {
      body: Record<string, unknown>
      readonly params: Readonly<Record<string, unknown>>
      readonly client?: Client
      result?: Readonly<Record<string, unknown>>
      entity(name: string, value: unknown): void
    }
  }

  export interface Client {
    readonly clientId: string
    readonly clientName?: string
    readonly redirectUris: readonly string[]
    readonly tokenEndpointAuthMethod: string
    grantTypeAllowed(type: string): boolean
  }

  export interface Interaction {
    readonly uid: string
    readonly exp: number
    readonly returnTo: string
    readonly params: Readonly<Record<string, unknown>>
    result?: object
    save(seconds: number): Promise<string>
  }

  export interface Grant {
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export interface AccessToken {
    resourceServer: unknown
    scope: string
    readonly grantId?: string
    readonly accountId: string
    readonly expiration: number
    save(): Promise<string>
  }

  export class Provider {
    constructor(issuer: string, config: object)
    readonly request: object
    readonly Grant: {
      new (one: { accountId: string; clientId: string }): Grant
    }
    readonly Client: { find(id: string): Promise<Client | undefined> }
    readonly Interaction: {
      find(uid: string): Promise<Interaction | undefined>
    }
    readonly RefreshToken: { readonly prototype: object }
    readonly AccessToken: {
      new (one: {
        accountId: string
        client: Client | undefined
        gty: string
      }): AccessToken
    }
    readonly ResourceServer: new (
      resource: string,
      about: object,
    ) => object
    callback(): RequestListener
    use(run: (context: Context, next: () => Promise<void>) => unknown): unknown
    on(event: string, listener: (...all: never[]) => void): unknown
    registerGrantType(
      name: string,
      handler: (context: Context) => Promise<void>,
      parameters: readonly string[],
    ): void
  }
}

declare module 'oidc-provider/lib/helpers/als.js' {
  import type { Context } from 'oidc-provider/lib/provider.js'

  /** The request that is answered now. */
  const running: { getStore(): Context | undefined }
  export default running
}

declare module 'oidc-provider/lib/helpers/errors.js' {
  class OidcError extends Error {
    constructor(description: string)
  }
  export class AccessDenied extends OidcError {}
  export class InvalidGrant extends OidcError {}
  export class InvalidTarget extends OidcError {}
  export class InvalidRedirectUri extends OidcError {}
  export class InvalidClientMetadata extends OidcError {}
  export class TemporarilyUnavailable extends OidcError {
    status: number
    statusCode: number
  }
}

declare module 'oidc-provider/lib/helpers/interaction_policy/index.js' {
  import type { Context } from 'oidc-provider/lib/provider.js'

  export class Check {
    constructor(
      reason: string,
      description: string,
      error: string,
      check: (context: Context) => boolean,
    )
  }
  export class Prompt {
    constructor(
      about: { name: string; requestable: boolean },
      ...checks: Check[]
    )
  }
}

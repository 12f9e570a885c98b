// How requests leave the gateway: through a proxy, and whom TLS trusts.
// In: nothing. Out: only types, as an author writes them.
// INVARIANT: credentials are references; an address holds none.

/** The argument of `proxy`. */
export interface ProxyConfig {
  /** Address of an HTTP proxy: `http://` or `https://`, a host and a port. */
  readonly url: string
  /** Credentials for the proxy: `basic('user', 'env:PROXY_PASSWORD')`. */
  readonly auth?:
    | { readonly secret: `env:${string}` | `file:${string}` }
    | { readonly bearer: `env:${string}` | `file:${string}` }
    | {
        readonly basic: {
          readonly user: string
          readonly secret: `env:${string}` | `file:${string}`
        }
      }
    | {
        readonly scheme: {
          readonly name: string
          readonly secret: `env:${string}` | `file:${string}`
        }
      }
  /** Hosts that are reached directly: `'acme.dev'` with all names below it,
   * `'*.acme.dev'` only those, an address, or a CIDR block. Default: this host;
   * none where the server itself names the proxy. */
  readonly noProxy?: readonly string[]
}

interface TrustConfig {
  /** A PEM file with the CAs to trust in place of the usual ones. */
  readonly ca?: string
  /** A PEM file with CAs to trust beside the usual ones. */
  readonly caAppend?: string
}

interface NoCertificate {
  readonly cert?: never
  readonly key?: never
}

interface OwnCertificate {
  /** A PEM file with the client certificate, and its chain. */
  readonly cert: string
  /** A PEM file with the private key of `cert`, not encrypted. */
  readonly key: string
}

/** The argument of `tls` of a server. */
export type ServerTlsConfig = TrustConfig & (NoCertificate | OwnCertificate)

// Where one server, or the gateway itself, connects to: exit and trust together.
// In: `proxy` and `tls` of a table, secrets. Out: origins for `Opening`.
// INVARIANT: secrets and files are read at each call, so that new ones hold from
// the next connection on.

import type {
  ProxySettings,
  RoutingTable,
  ServerTls,
} from '../../contract/table.ts'
import { MissingSecret, type SecretSource } from '../secrets/resolve.ts'
import { type Exit, findExit, readHost, readPort } from './exit.ts'
import type { Origin } from './open.ts'
import { NO_FILES, Trust } from './trust.ts'

interface OutwardSettings {
  readonly proxy: ProxySettings | null
  readonly tls: ServerTls
}

export class Outward {
  readonly #settings: OutwardSettings
  readonly #secrets: SecretSource
  readonly #trust: Trust

  constructor(
    settings: Partial<OutwardSettings>,
    secrets: SecretSource,
    trust = new Trust(secrets),
  ) {
    const { proxy = null, tls = NO_FILES } = settings
    this.#settings = { proxy, tls: tls ?? NO_FILES }
    this.#secrets = secrets
    this.#trust = trust
  }

  /** Throws MissingSecret. */
  findExit(url: URL): Exit {
    return findExit(this.#settings.proxy, url, this.#secrets)
  }

  /** In words, without the credentials of a proxy. Throws MissingSecret. */
  describe(url: URL): string {
    const { proxy } = this.#settings
    const bare = proxy && proxy !== 'env' ? { ...proxy, auth: null } : proxy
    return findExit(bare, url, this.#secrets).words
  }

  /** `own`: with the files of the server; else with those of all. Throws
   * MissingSecret. */
  findOrigin(url: URL, own = true): Origin {
    const { proxy } = this.findExit(url)
    const { tls } = this.#settings
    const common = { ...NO_FILES, common: tls.common }
    const isSecure = url.protocol === 'https:'
    const files = own ? tls : common
    return {
      host: readHost(url),
      port: readPort(url),
      secureContext: isSecure ? this.#trust.read(files) : undefined,
      hasCertificate: files.cert !== null,
      proxy,
      proxyContext: proxy?.isTls ? this.#trust.read(common) : undefined,
    }
  }

  /** Why no connection can be made from here; empty: one can be tried. */
  findProblem(url: URL): readonly string[] {
    try {
      this.findOrigin(url)
      return []
    } catch (error) {
      if (error instanceof MissingSecret) return [error.message]
      throw error
    }
  }
}

/** For what belongs to no server. */
export function findCommonOutward(
  { proxy, tls }: Pick<RoutingTable, 'proxy' | 'tls'>,
  secrets: SecretSource,
): Outward {
  const common = tls?.caAppend ?? null
  return new Outward({ proxy, tls: { ...NO_FILES, common } }, secrets)
}

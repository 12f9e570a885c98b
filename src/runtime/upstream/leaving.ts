// How requests to one server leave the gateway, with its TLS files and proxy.
// In: a server over HTTP, secrets. Out: origins of connections, and words.
// INVARIANT: secrets and files are those of now; credentials for a proxy are in
// no text of the server.

import type { HttpServer } from '../../contract/table.ts'
import { formatWritten } from '../../table/references.ts'
import type { Origin } from '../outward/open.ts'
import { Outward } from '../outward/outward.ts'
import { MissingSecret } from '../secrets/resolve.ts'
import type { UpstreamContext } from './context.ts'
import type { ServerSecrets } from './server-secrets.ts'

export class Leaving {
  readonly outward: Outward
  readonly #server: HttpServer
  readonly #hide: ServerSecrets['hide']
  /** Scheme and host are literal; secrets are left out. */
  readonly #url: URL

  constructor(
    server: HttpServer,
    { secrets, trust }: Pick<UpstreamContext, 'secrets' | 'trust'>,
    hide: ServerSecrets['hide'],
  ) {
    this.#server = server
    this.#hide = hide
    this.#url = new URL(formatWritten(server.url, () => 'x'))
    this.outward = new Outward(server, secrets, trust)
  }

  /** Throws MissingSecret. */
  findOrigin(): Origin {
    const origin = this.outward.findOrigin(this.#url)
    for (const [index, one] of (origin.proxy?.secrets ?? []).entries()) {
      this.#hide(one, `${index} of proxy`)
    }
    return origin
  }

  /** Null where the config names no proxy for it. */
  get words(): string | null {
    if (!this.#server.proxy) return null
    try {
      return this.outward.describe(this.#url)
    } catch (error) {
      if (error instanceof MissingSecret) return error.message
      throw error
    }
  }
}

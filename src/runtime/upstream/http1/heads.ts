// The heads of the requests of one session with a server.
// INVARIANT: a head that is kept was written for the current path, headers and
// access token; the number of kept heads is bounded.

import { createCache } from '../../base/cache.ts'
import type { Credential } from '../../oauth/credential.ts'
import { type Mirrored, writeMirrored } from '../encoding.ts'
import type { ServerPath } from '../server-path.ts'
import { type Headers, type Method, writeHead } from './request.ts'

/** Heads of POST requests with a method and a name. */
const MAX_KEPT = 256

export class Heads {
  readonly #serverPath: ServerPath
  readonly #credential: Credential | undefined
  #headers: Headers
  /** Path of the kept heads. */
  #path = ''
  /** Access token of the kept heads. */
  #authorization = ''
  #plain: Buffer | undefined
  /** By method and name. */
  readonly #mirrored = createCache<string, Buffer>(MAX_KEPT)
  /** The one that was used last: most calls of a time are alike. */
  #last: (Pick<Mirrored, 'method'> & { name: string; head: Buffer }) | undefined

  constructor(
    serverPath: ServerPath,
    headers: Headers,
    credential?: Credential,
  ) {
    this.#serverPath = serverPath
    this.#credential = credential
    this.#headers = headers
  }

  addHeader(name: string, value: string): void {
    this.#headers = { ...this.#headers, [name]: value }
    this.#forget()
  }

  write(method: Method, more: Headers = {}): Buffer {
    const authorization = this.#credential?.authorization
    const own = authorization ? { authorization } : {}
    const headers = { ...this.#headers, ...own, ...more }
    return writeHead(method, this.#serverPath.path, headers)
  }

  /** The head of a POST, up to the value of content-length. */
  post(mirrored?: Mirrored, parent?: string): Buffer {
    if (
      this.#path !== this.#serverPath.path ||
      (this.#credential &&
        this.#credential.authorization !== this.#authorization)
    ) {
      this.#forget()
    }
    if (parent !== undefined || mirrored?.params) {
      const trace = parent === undefined ? {} : { traceparent: parent }
      const own = mirrored && writeMirrored(mirrored)
      return this.write('POST', { ...own, ...trace })
    }
    if (!mirrored) {
      this.#plain ??= this.write('POST')
      return this.#plain
    }
    const { method, name = '' } = mirrored
    const last = this.#last
    if (last?.method === method && last.name === name) return last.head
    const key = `${method}\n${name}`
    const known = this.#mirrored.get(key)
    const head = known ?? this.write('POST', writeMirrored(mirrored))
    if (!known) this.#mirrored.set(key, head)
    this.#last = { method, name, head }
    return head
  }

  #forget(): void {
    this.#path = this.#serverPath.path
    this.#authorization = this.#credential?.authorization ?? ''
    this.#plain = undefined
    this.#last = undefined
    this.#mirrored.clear()
  }
}

// The heads of the requests of one session with a server.
// INVARIANT: a head that is kept was written for the current path, headers and
// access token; one is kept, and what heads of one method share.

import type { Credential } from '../../oauth/credential.ts'
import { type Mirrored, NAME, writeMirrored, writeName } from '../encoding.ts'
import type { ServerPath } from '../server-path.ts'
import { endHead, type Headers, type Method, startHead } from './request.ts'

export class Heads {
  readonly #serverPath: ServerPath
  readonly #credential: Credential | undefined
  #headers: Headers
  /** Path of the kept heads. */
  #path = ''
  /** Access token of the kept heads. */
  #authorization = ''
  #plain: Buffer | undefined
  /** By method of a modern request: the lines before the one of the name. */
  readonly #starts = new Map<string, string>()
  /** The head that was used last: most calls of a time are alike. */
  #last: (Pick<Mirrored, 'method' | 'name'> & { head: Buffer }) | undefined

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
    return endHead(method, this.#start(method, more))
  }

  #start(method: Method, more: Headers): string {
    const authorization = this.#credential?.authorization
    const own = authorization ? { authorization } : {}
    const headers = { ...this.#headers, ...own, ...more }
    return startHead(method, this.#serverPath.path, headers)
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
    const { method, name } = mirrored
    const last = this.#last
    if (last?.method === method && last.name === name) return last.head
    const head = this.#writeNamed(mirrored)
    this.#last = { method, name, head }
    return head
  }

  /** Only the line of the name is new: to look for the whole head among those of
   * many names costs more. */
  #writeNamed(mirrored: Mirrored): Buffer {
    const { method } = mirrored
    let start = this.#starts.get(method)
    if (start === undefined) {
      start = this.#start('POST', writeMirrored({ method }))
      this.#starts.set(method, start)
    }
    const name = writeName(mirrored)
    return endHead(
      'POST',
      name === undefined ? start : `${start}${NAME}: ${name}\r\n`,
    )
  }

  #forget(): void {
    this.#path = this.#serverPath.path
    this.#authorization = this.#credential?.authorization ?? ''
    this.#plain = undefined
    this.#last = undefined
    this.#starts.clear()
  }
}

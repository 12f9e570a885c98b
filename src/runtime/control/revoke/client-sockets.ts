// The open client connections, and the tokens of their requests.
// INVARIANT: costs a request nothing: tokens are read from requests only when
// tokens are revoked.

import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { connectedEvent } from '../../http/secure-server.ts'

const POLL_MS = 5

export class ClientSockets {
  readonly #open = new Set<Socket>()

  watch(server: Server): void {
    server.on(connectedEvent(server), (socket: Socket) => {
      this.#open.add(socket)
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  /** Resolves when no connection carries a body or an answer of these tokens.
   * Destroys connections that take longer than `waitMs`. */
  async drain(ids: ReadonlySet<string>, waitMs: number): Promise<void> {
    const until = performance.now() + waitMs
    let left = this.#find(ids)
    while (left.length > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      left = left.filter((socket) => isOf(socket, ids))
    }
    for (const socket of left) socket.destroy()
  }

  #find(ids: ReadonlySet<string>): readonly Socket[] {
    if (ids.size === 0) return []
    return [...this.#open].filter((socket) => isOf(socket, ids))
  }
}

/** Node keeps the response that is due on its socket; the types lack it. */
function isOf(socket: Socket, ids: ReadonlySet<string>): boolean {
  if (socket.destroyed) return false
  const { _httpMessage: response } = socket as Socket & {
    _httpMessage?: ServerResponse | null
  }
  const { authorization } = response?.req.headers ?? {}
  if (authorization === undefined) return false
  // The token itself was checked when the request came.
  const at = authorization.indexOf(START) + START.length
  return ids.has(authorization.slice(at, at + ID_LENGTH))
}

const START = 'gwt_'
const ID_LENGTH = 12

// The open connections of the endpoint, and whose request each carries.
// In: a server, ids of tokens. Out: connections that carry nothing of theirs.
// INVARIANT: costs a request nothing: who asks is read from the request itself,
// only when tokens are revoked.

import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const LOOK_MS = 5

export class ClientSockets {
  readonly #open = new Set<Socket>()

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#open.add(socket)
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  /** Resolves when no connection has anything left of these tokens: a body on
   * its way in, an answer on its way out. Breaks those that take longer. */
  async quiet(ids: ReadonlySet<string>, patience: number): Promise<void> {
    const until = performance.now() + patience
    let left = this.#find(ids)
    while (left.length > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      left = left.filter((socket) => isOf(socket, ids))
    }
    for (const socket of left) socket.destroy()
  }

  #find(ids: ReadonlySet<string>): readonly Socket[] {
    if (ids.size === 0) return []
    return [...this.#open].filter((socket) => isOf(socket, ids))
  }
}

/** Node hangs the answer that is due on its connection, without a word in its
 * types. */
function isOf(socket: Socket, ids: ReadonlySet<string>): boolean {
  if (socket.destroyed) return false
  const { _httpMessage: response } = socket as Socket & {
    _httpMessage?: ServerResponse | null
  }
  const { authorization } = response?.req.headers ?? {}
  if (authorization === undefined) return false
  // Whether the rest of it is right was judged when it came.
  const at = authorization.indexOf(START) + START.length
  return ids.has(authorization.slice(at, at + ID_LENGTH))
}

const START = 'gwt_'
const ID_LENGTH = 12

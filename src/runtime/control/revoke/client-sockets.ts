// The open client connections, and the tokens of their requests.
// In: sockets. Out: the end of those that carry something of some tokens.
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

  /** Resolves when no connection carries a body or an answer of these tokens
   * that is due now. Destroys connections that take longer than `waitMs`. */
  async drain(isNamed: IsNamed, waitMs: number): Promise<void> {
    const until = performance.now() + waitMs
    let left = [...this.#open]
      .map((socket) => ({ socket, response: findDue(socket) }))
      .filter(({ response }) => isOf(response, isNamed))
    // What is due after it was judged when its turn came: a token may be good
    // again, under another holder.
    const isLeft = ({ socket, response }: (typeof left)[number]) =>
      findDue(socket) === response
    while (left.length > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      left = left.filter(isLeft)
    }
    for (const { socket } of left) socket.destroy()
  }
}

/** Whether the token of a request is one of them. */
type IsNamed = (token: string) => boolean

type Due = Pick<ServerResponse, 'req'> | null | undefined

/** Node keeps the response that is due on its socket; the types lack it. */
function findDue(socket: Socket): Due {
  return socket.destroyed
    ? undefined
    : (socket as Socket & { _httpMessage?: Due })._httpMessage
}

function isOf(response: Due, isNamed: IsNamed): boolean {
  const { authorization } = response?.req.headers ?? {}
  if (authorization === undefined) return false
  // The token itself was checked when the request came.
  return isNamed(authorization.slice(authorization.lastIndexOf(' ') + 1))
}

// Requests of one session with a server that wants an access token.
// INVARIANT: no request leaves without a token; one that the server refuses is
// sent again at most once, and only if a new token may help.

import type { Bytes } from '../../base/pieces.ts'
import type { Credential } from '../../oauth/credential.ts'
import type { SignInFailure } from '../../oauth/problem.ts'
import type { Connections } from './connections.ts'
import type { Reply } from './reply.ts'

/** Its sign-in has ended. */
const CLOSED: SignInFailure = Object.freeze({
  kind: 'unreachable',
  detail: 'the gateway is closing',
})

interface Attempt {
  readonly write: () => Bytes
  /** The token that it was sent with. */
  used: string
  isSecond: boolean
}

export class Attempts {
  readonly #credential: Credential
  readonly #connections: Connections
  readonly #all = new Map<Reply, Attempt>()

  constructor(credential: Credential, connections: Connections) {
    this.#credential = credential
    this.#connections = connections
  }

  send(write: () => Bytes, reply: Reply): void {
    const attempt = { write, used: '', isSecond: false }
    this.#all.set(reply, attempt)
    if (this.#credential.keepFresh()) this.#dispatch(reply, attempt)
    else this.#await(this.#credential.obtain(), reply, attempt)
  }

  /** False: the refusal counts. */
  refused(reply: Reply, status: number, challenge: string): boolean {
    const attempt = this.#all.get(reply)
    if (!attempt || attempt.isSecond) return false
    const renewal = this.#credential.judge(attempt.used, status, challenge)
    if (!renewal) return false
    attempt.isSecond = true
    const { connection } = reply
    reply.connection = undefined
    connection?.destroy()
    this.#await(renewal, reply, attempt)
    return true
  }

  delete(reply: Reply): void {
    this.#all.delete(reply)
  }

  #await(token: Promise<void>, reply: Reply, attempt: Attempt): void {
    token.then(
      () => {
        // It may have been abandoned meanwhile.
        if (this.#all.get(reply) === attempt) this.#dispatch(reply, attempt)
      },
      (failure: SignInFailure) => {
        if (this.#all.get(reply) === attempt) reply.lost(failure)
      },
    )
  }

  #dispatch(reply: Reply, attempt: Attempt): void {
    attempt.used = this.#credential.authorization
    if (attempt.used === '') return reply.lost(CLOSED)
    this.#connections.send(attempt.write(), reply)
  }
}

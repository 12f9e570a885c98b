// Requests of servers to one client, and the route of each answer.
// INVARIANT: an answer reaches only the server that sent the request, once.

import { findNode, type Message, sliceNode } from './message.ts'
import { type Edit, replace, splice } from './splice.ts'
import { writeError, writeId } from './write.ts'

/** Sends a message to the server that sent the request. */
export type Post = (bytes: Buffer) => void

interface Open {
  /** Id and progress token as the server wrote them. */
  readonly id: Buffer
  readonly token: Buffer | undefined
  readonly reply: Post
  /** Called when it is answered or will never be. */
  readonly settled: () => void
}

export interface Question {
  readonly message: Message
  readonly reply: Post
  readonly settled: () => void
  /** Other edits of the request. */
  readonly edits: readonly Edit[]
}

/** Open requests of one client. */
const MAX = 64

export class ServerRequests {
  readonly #open = new Map<string, Open>()
  #next = 1

  /** Sends a request under an id of the client's session; false if too many are
   * open or the client cannot be reached. */
  send(
    { message, reply, settled, edits }: Question,
    send: (bytes: Buffer) => boolean,
  ): boolean {
    const { bytes, id, params } = message
    if (!id || this.#open.size >= MAX) return false
    const own = `"portcullis-${this.#next++}"`
    const token = findNode(findNode(params, '_meta'), 'progressToken')
    const ids: Edit[] = [replace(id, own)]
    if (token) ids.push(replace(token, own))
    if (!send(splice(bytes, [...ids, ...edits]))) return false
    this.#open.set(own, {
      id: sliceNode(bytes, id),
      token: token && sliceNode(bytes, token),
      reply,
      settled,
    })
    return true
  }

  /** Sends a client's answer to its server; false if no request is open. */
  answer({ bytes, id }: Message): boolean {
    const own = id ? sliceNode(bytes, id).toString() : ''
    const open = this.#open.get(own)
    if (!open || !id) return false
    this.#open.delete(own)
    open.settled()
    open.reply(splice(bytes, [replace(id, open.id)]))
    return true
  }

  /** Sends a client's progress to the server of the request. */
  progress({ bytes, params }: Message): boolean {
    const node = findNode(params, 'progressToken')
    const open = node && this.#open.get(sliceNode(bytes, node).toString())
    if (!node || !open?.token) return false
    open.reply(splice(bytes, [replace(node, open.token)]))
    return true
  }

  /** Cancels a request of the server; returns the notification for the client. */
  cancel({ bytes, params }: Message, reply: Post): Buffer | undefined {
    const node = findNode(params, 'requestId')
    const named = node && sliceNode(bytes, node)
    for (const [own, open] of this.#open) {
      if (open.reply !== reply || !named?.equals(open.id)) continue
      this.#open.delete(own)
      open.settled()
      return splice(bytes, [replace(node as NonNullable<typeof node>, own)])
    }
    return undefined
  }

  /** Ends all open requests. */
  close(): void {
    const left = [...this.#open.values()]
    this.#open.clear()
    for (const { id, reply, settled } of left) {
      settled()
      reply(writeError(id.toString(), -32000, 'The client is gone'))
    }
  }
}

type Named = Pick<Message, 'bytes' | 'id'>

/** The reply to a request that is not allowed or not supported; `why`: a text
 * for the server's log. */
export function writeNoMethod(message: Named, why?: string): Buffer {
  const text = why === undefined ? '' : `: ${why}`
  return writeError(writeId(message), -32601, `Method not found${text}`)
}

/** The reply to a request that no client can answer now. */
export function writeUnanswerable(message: Named, why: string): Buffer {
  return writeError(writeId(message), -32000, why)
}

export function writePong(message: Message): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${writeId(message)},"result":{}}`)
}

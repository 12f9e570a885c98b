// Requests of servers that clients answer, and the way back of each answer.
// In: a server's request, a client's response. Out: the same bytes under ids
// that are unique in the client's session.
// INVARIANT: an answer reaches the server that asked, once, or nobody.

import { findNode, type Message, sliceNode } from './message.ts'
import { type Edit, splice } from './splice.ts'
import { writeError, writeId } from './write.ts'

/** Sends a message back to where the question came from. */
type Post = (bytes: Buffer) => void

interface Open {
  /** As the server wrote them. */
  readonly id: Buffer
  readonly token: Buffer | undefined
  readonly reply: Post
  /** Told when it is answered, or never will be. */
  readonly settled: () => void
}

export interface Question {
  readonly message: Message
  readonly reply: Post
  readonly settled: () => void
  /** Stretches of its own that the gateway replaces. */
  readonly edits: readonly Edit[]
}

/** Unanswered at a time, by one client. */
const MAX = 64

export class ServerRequests {
  readonly #open = new Map<string, Open>()
  #next = 1

  /** Sends the request as the client gets it; false when that cannot be: there
   * are too many, or it cannot be reached. */
  send(
    { message, reply, settled, edits }: Question,
    send: (bytes: Buffer) => boolean,
  ): boolean {
    const { bytes, id, params } = message
    if (!id || this.#open.size >= MAX) return false
    const own = `"portcullis-${this.#next++}"`
    const token = findNode(findNode(params, '_meta'), 'progressToken')
    const ids: Edit[] = [{ ...span(id), text: own }]
    if (token) ids.push({ ...span(token), text: own })
    if (!send(splice(bytes, [...ids, ...edits]))) return false
    this.#open.set(own, {
      id: sliceNode(bytes, id),
      token: token && sliceNode(bytes, token),
      reply,
      settled,
    })
    return true
  }

  /** Passes a client's answer on; false when it answers nothing. */
  answer({ bytes, id }: Message): boolean {
    const own = id ? sliceNode(bytes, id).toString() : ''
    const open = this.#open.get(own)
    if (!open || !id) return false
    this.#open.delete(own)
    open.settled()
    open.reply(splice(bytes, [{ ...span(id), text: open.id }]))
    return true
  }

  /** Passes progress on to who asked for it. */
  progress({ bytes, params }: Message): boolean {
    const node = findNode(params, 'progressToken')
    const open = node && this.#open.get(sliceNode(bytes, node).toString())
    if (!node || !open?.token) return false
    open.reply(splice(bytes, [{ ...span(node), text: open.token }]))
    return true
  }

  /** The server takes a question back: the notice as the client gets it. */
  cancel({ bytes, params }: Message, reply: Post): Buffer | undefined {
    const node = findNode(params, 'requestId')
    const named = node && sliceNode(bytes, node)
    for (const [own, open] of this.#open) {
      if (open.reply !== reply || !named?.equals(open.id)) continue
      this.#open.delete(own)
      open.settled()
      return splice(bytes, [
        { ...span(node as NonNullable<typeof node>), text: own },
      ])
    }
    return undefined
  }

  /** Nobody will answer any more. */
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

/** What this server may not ask, or this client does not answer; `why` in words
 * for who reads the server's log. */
export function writeNoMethod(message: Named, why?: string): Buffer {
  const text = why === undefined ? '' : `: ${why}`
  return writeError(writeId(message), -32601, `Method not found${text}`)
}

/** There is no client to be asked, now. */
export function writeUnanswerable(message: Named, why: string): Buffer {
  return writeError(writeId(message), -32000, why)
}

export function writePong(message: Message): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${writeId(message)},"result":{}}`)
}

function span({
  start,
  end,
}: {
  readonly start: number
  readonly end: number
}) {
  return { start, end }
}

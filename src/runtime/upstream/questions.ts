// What a server asks of the gateway, and hears.
// In: its requests. Out: replies, as long as it asks in moderation.
// INVARIANT: no server may ask anything of a client yet; a ping is answered,
// the rest refused; asking without end is not answered without end.

import { type Message, sliceNode } from '../edge/message.ts'

/** Replies within a span of time. */
const MOST = 16
const SPAN_MS = 1_000

export class Questions {
  #recent = 0

  answer({ bytes, id, method }: Message): Buffer | undefined {
    if (!id || this.#recent >= MOST) return undefined
    this.#recent++
    setTimeout(() => this.#recent--, SPAN_MS).unref()
    const raw = sliceNode(bytes, id).toString()
    const body =
      method === 'ping'
        ? '"result":{}'
        : '"error":{"code":-32601,"message":"Method not found"}'
    return Buffer.from(`{"jsonrpc":"2.0","id":${raw},${body}}`)
  }
}

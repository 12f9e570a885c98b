// A stream of events that a server keeps open, as long as it lives.
// In: what its connection reads of it. Out: events, then why it ended.
// INVARIANT: a redirect, an encoded body or an overlong event ends it.

import type { Connection, Exchange } from './connection.ts'
import type { Failure } from './failure.ts'
import { EventFramer, type StreamEvent } from './frames.ts'
import type { ResponseHead } from './head.ts'
import { judgeStatus } from './reply.ts'

export class StreamReply implements Exchange {
  connection: Connection | undefined
  readonly #framer: EventFramer
  readonly #ended: (failure: Failure) => void

  /** `cap` bounds one event in bytes. */
  constructor(
    cap: number,
    heard: (event: StreamEvent) => void,
    ended: (failure: Failure) => void,
  ) {
    this.#framer = new EventFramer(cap, heard)
    this.#ended = ended
  }

  begin({ status, type, encoded }: ResponseHead): void {
    if (status < 200 || status > 299) this.#ended(judgeStatus(status))
    else if (encoded) this.#break('an encoded body')
    else if (type !== 'text/event-stream') this.#break(`a body of type ${type}`)
  }

  take(bytes: Buffer, from: number, end: number): void {
    const own = Buffer.from(bytes.subarray(from, end))
    if (!this.#framer.feed(own)) this.#break('an event outgrew caps.message')
  }

  end(): void {
    this.connection = undefined
    this.#ended({ kind: 'ended', detail: 'its stream ended' })
  }

  lost(failure: Failure): void {
    this.connection = undefined
    this.#ended(failure)
  }

  close(): void {
    const { connection } = this
    this.connection = undefined
    connection?.destroy()
  }

  #break(detail: string): void {
    this.#ended({ kind: 'garbage', detail })
  }
}

// Reads a stream of events that a server keeps open.
// INVARIANT: anything but a stream of events, or a too long event, ends it;
// events are paced.

import { type Failure, formatBytes } from '../failure.ts'
import { isRedirect, type Redirect } from '../server-path.ts'
import type { Connection, Transfer } from './connection.ts'
import { EventFramer, type StreamEvent } from './frames.ts'
import type { ResponseHead } from './head.ts'
import { Pacer } from './pacer.ts'
import { judgeStatus } from './reply.ts'
import { canUnpack, readCoding, Unpacker } from './unpack.ts'

/** The reader of the stream. */
interface StreamOwner {
  event(event: StreamEvent): void
  /** Bytes were received, perhaps only a comment. */
  alive(): void
  flooded(messages: number): void
  /** Follows a redirect; returns why it does not. */
  redirected(redirect: Redirect): string | undefined
  ended(failure: Failure): void
}

export class StreamReply implements Transfer {
  connection: Connection | undefined
  readonly #owner: StreamOwner
  readonly #pacer: Pacer
  #unpacker: Unpacker | undefined
  #left = false

  /** `cap` bounds one event in bytes. */
  constructor(cap: number, owner: StreamOwner) {
    this.#owner = owner
    const framer = new EventFramer(cap, (event) => owner.event(event))
    const setting = `caps.message (${formatBytes(cap)})`
    const detail = 'an event exceeds the cap'
    this.#pacer = new Pacer(framer, {
      outgrown: () => this.#end({ kind: 'oversized', detail, setting }),
      flooded: (messages) => owner.flooded(messages),
    })
  }

  begin(head: ResponseHead): void {
    const { status, type, coding } = head
    if (isRedirect(status)) return this.#follow(head)
    if (status < 200 || status > 299) return this.#end(judgeStatus(status))
    if (type !== 'text/event-stream') {
      return this.#break(`a body of type ${type}`)
    }
    const packed = readCoding(coding)
    if (packed === undefined) return
    if (!canUnpack(packed)) {
      return this.#break(`a body with content-encoding ${packed}`)
    }
    this.#unpacker = new Unpacker(packed, {
      bytes: (plain) => this.#pacer.feed(plain, this.#unpacker),
      ended: (problem) => this.#break(problem ?? 'its stream ended'),
    })
  }

  take(bytes: Buffer, from: number, end: number): void {
    if (this.#left) return
    this.#owner.alive()
    const own = Buffer.from(bytes.subarray(from, end))
    if (this.#unpacker) this.#unpacker.feed(own, this.connection)
    else this.#pacer.feed(own, this.connection)
  }

  end(): void {
    this.connection = undefined
    this.#pacer.end(() => this.#end(ENDED))
  }

  lost(failure: Failure): void {
    this.connection = undefined
    this.#pacer.end(() => this.#end(failure))
  }

  close(): void {
    const { connection } = this
    this.#left = true
    this.connection = undefined
    this.#pacer.stop()
    this.#unpacker?.stop()
    connection?.destroy()
  }

  #follow(redirect: Redirect): void {
    const { status } = redirect
    const { connection } = this
    this.connection = undefined
    connection?.destroy()
    const why = this.#owner.redirected(redirect)
    if (why === undefined) return
    const failure = judgeStatus(status)
    this.#end({ ...failure, detail: `HTTP ${status} ${why}` })
  }

  #break(detail: string): void {
    this.#end({ kind: 'garbage', detail })
  }

  #end(failure: Failure): void {
    if (this.#left) return
    this.#left = true
    this.#owner.ended(failure)
  }
}

const ENDED: Failure = { kind: 'ended', detail: 'its stream ended' }

// Reads one HTTP reply of a server as messages.
// INVARIANT: HTML or an unknown status is a failure; of a too long body only a
// bounded part is kept; events are paced.

import { ChunkBuffer } from '../../base/chunk-buffer.ts'
import { systemClock } from '../../base/clock.ts'
import type { Lender } from '../../base/lender.ts'
import { judgePage } from '../../outward/fault.ts'
import type { Call } from '../call.ts'
import type { Outgoing } from '../encoding.ts'
import { type Failure, formatBytes } from '../failure.ts'
import { isRedirect, type Redirect } from '../server-path.ts'
import type { Sender, Sent } from '../transport.ts'
import type { Connection, Transfer } from './connection.ts'
import { EventFramer, type StreamEvent } from './frames.ts'
import { type ResponseHead, readRetryAfter } from './head.ts'
import { isAnswer, readWords, saysSessionLost } from './lost-session.ts'
import { readMedia } from './media.ts'
import { Pacer, type Source } from './pacer.ts'
import { canUnpack, readCoding, Unpacker } from './unpack.ts'

/** The sender of the request. */
export interface ReplyOwner {
  /** Whether the server has given a session id. */
  readonly inSession: boolean
  message(bytes: Buffer, reply: Reply): void
  /** False if the session id is invalid. */
  begun(session: string | undefined, reply: Reply): boolean
  /** Follows a redirect; returns why it does not. */
  redirected(reply: Reply, redirect: Redirect): string | undefined
  /** Signs in again, and then sends the request again; false if it does not. */
  renewed?(reply: Reply, head: ResponseHead): boolean
  /** The server has paused the stream: it continues after this event. */
  broken(reply: Reply, at: ResumePoint): void
  /** The server may pause the stream. */
  resumable(reply: Reply): void
  /** The server sends more messages a second than are read. */
  flooded(messages: number): void
  /** Without a failure, the reply was abandoned. */
  ended(reply: Reply, failure: Failure | null): void
}

/** The event after which a stream continues (2025-11-25, Resumability). */
export interface ResumePoint {
  readonly id: string
  /** Milliseconds to wait. */
  readonly retry: number
}

/** How the bytes of a body are handled: not yet known, kept as one message,
 * read as events, kept as the text of a refusal, dropped. */
type Mode = 'unknown' | 'message' | 'events' | 'words' | 'dropped'

export class Reply implements Transfer, Sent {
  slot = -1
  connection: Connection | undefined
  /** Its call, until the call has ended. */
  call: Call | undefined
  readonly sender: Sender
  /** The request, until the server's path is known. */
  request: Outgoing | undefined
  /** Releases the memory of the request: until its end it may be sent again. */
  release: (() => void) | undefined
  readonly #cap: number
  readonly #owner: ReplyOwner
  readonly #sessionless: boolean
  readonly #lender: Lender | undefined
  #failure: Failure | null = null
  #mode: Mode = 'dropped'
  #type = ''
  /** Bytes of the body; -1 if unknown. */
  #expected = -1
  #unpacker: Unpacker | undefined
  #pacer: Pacer | undefined
  /** A kept body, if its length is known. */
  #body: Buffer | undefined
  #pieces: ChunkBuffer | undefined
  #length = 0
  #over = false
  #resumePoint: ResumePoint | undefined
  #answered = false
  #isReading = false
  /** Interruptions since the last event. */
  #breaks = 0
  #expiry: NodeJS.Timeout | undefined

  constructor(
    cap: number,
    owner: ReplyOwner,
    sender: Sender,
    sessionless: boolean,
    lender?: Lender,
  ) {
    this.#lender = lender
    this.#sessionless = sessionless
    this.#cap = cap
    this.#owner = owner
    this.sender = sender
  }

  answered(): void {
    this.#answered = true
    if (!this.#isReading) this.#expireTail()
  }

  /** Mostly, the end comes in one read with the answer: that needs no timer. */
  more(): void {
    this.#isReading = false
    if (this.#answered && !this.#over && !this.#expiry) this.#expireTail()
  }

  /** The server may keep the stream open after the answer for a short time. */
  #expireTail(): void {
    if (this.#pacer) this.expire(TAIL_MS)
  }

  abandon(): void {
    this.#stop(null)
  }

  /** Abandons the reply if it has not ended by then. A timer would keep all that
   * its call needed, so it goes with the reply. */
  expire(ms: number): void {
    clearTimeout(this.#expiry)
    this.#expiry = setTimeout(() => this.abandon(), ms).unref()
  }

  begin(head: ResponseHead): void {
    const { status } = head
    this.#mode = 'dropped'
    this.#pacer = undefined
    this.#unpacker = undefined
    this.#length = 0
    if (this.#over || status === 202 || status === 204) return
    if (status < 200 || status > 299) return this.#beginRefusal(head)
    if (!this.#sessionless && !this.#owner.begun(head.session, this)) {
      return this.#stop({ kind: 'garbage', detail: 'an invalid session id' })
    }
    this.#mode = 'unknown'
    this.#type = head.type
    this.#expected = head.length
    if (head.coding !== '') this.#unpack(head.coding)
    else if (head.length > this.#cap) this.#outgrow()
  }

  /** Handles a refusal; reads its body only where that is needed. */
  #beginRefusal(head: ResponseHead): void {
    const { status } = head
    const failure = judgeStatus(status, head.retryAfter)
    const inSession = !this.#sessionless && this.#owner.inSession
    if (isRedirect(status)) {
      const why = this.#owner.redirected(this, head)
      if (why === undefined) return
      this.#failure = { ...failure, detail: `HTTP ${status} ${why}` }
      return this.#discardRest()
    }
    const isRefused = status === 401 || status === 403
    if (isRefused && this.#owner.renewed?.(this, head)) return
    // In a session, both mean that the server has forgotten it.
    const gone = inSession && (status === 404 || status === 410)
    this.#failure = gone ? { ...failure, kind: 'session' } : failure
    if (gone || status < 400 || status >= 500) return this.#discardRest()
    // The body may hold a JSON-RPC answer or an error text.
    this.#mode = 'words'
    this.#pieces = new ChunkBuffer()
    if (head.coding !== '') this.#unpack(head.coding)
    setTimeout(() => this.#finish(), WORDS_MS).unref()
  }

  /** Discards the rest of the body, for a short time. */
  #discardRest(): void {
    this.#mode = 'dropped'
    this.#end(this.#failure)
    this.expire(TAIL_MS)
  }

  #unpack(value: string): void {
    const coding = readCoding(value)
    if (coding === undefined) return
    if (!canUnpack(coding)) {
      this.#failure ??= {
        kind: 'garbage',
        detail: `a body with content-encoding ${coding}`,
      }
      return this.#discardRest()
    }
    this.#expected = -1
    this.#unpacker = new Unpacker(coding, {
      bytes: (plain) => this.#takePlain(plain, 0, plain.length),
      ended: (problem) => {
        if (problem) this.#failure ??= { kind: 'garbage', detail: problem }
        this.#finish()
      },
    })
  }

  take(bytes: Buffer, from: number, end: number): void {
    this.#isReading = true
    // The whole body is the end of its call.
    if (end - from !== this.#expected) this.call?.onActivity?.()
    if (!this.#unpacker) return this.#takePlain(bytes, from, end)
    this.#unpacker.feed(copy(bytes, from, end), this.connection)
  }

  #takePlain(bytes: Buffer, from: number, end: number): void {
    if (this.#mode === 'unknown') this.#begin(bytes, from, end)
    switch (this.#mode) {
      case 'events':
        return this.#pacer?.feedLent(bytes, from, end, this.#source)
      case 'message':
        return this.#keep(bytes, from, end)
      case 'words':
        return this.#keepWords(bytes, from, end)
      default:
        return
    }
  }

  get #source(): Source | undefined {
    return this.#unpacker ?? this.connection
  }

  #begin(bytes: Buffer, from: number, end: number): void {
    const media = readMedia(this.#type, bytes, from, end)
    if (media === 'other') {
      const detail = `a body of type ${this.#type || '(none)'}`
      this.#failure = { kind: 'garbage', detail }
      return this.#discardRest()
    }
    this.#mode = media
    if (media === 'events') return this.#beginEvents()
    if (this.#expected === -1) this.#pieces = new ChunkBuffer()
    else {
      const size = this.#expected
      this.#body = this.#lender?.take(size) ?? Buffer.allocUnsafe(size)
    }
  }

  #beginEvents(): void {
    const framer = new EventFramer(
      this.#cap,
      (event) => this.#receiveEvent(event),
      this.#lender,
    )
    this.#pacer = new Pacer(framer, {
      outgrown: () => this.#outgrow(),
      flooded: (messages) => this.#owner.flooded(messages),
    })
    if (this.#answered) this.expire(TAIL_MS)
  }

  #keep(bytes: Buffer, from: number, end: number): void {
    const at = this.#length
    this.#length += end - from
    if (this.#length > this.#cap) this.#outgrow()
    else if (this.#body) bytes.copy(this.#body, at, from, end)
    else this.#pieces?.add(copy(bytes, from, end))
  }

  /** Keeps the beginning of an error text. */
  #keepWords(bytes: Buffer, from: number, end: number): void {
    this.#length += end - from
    if (this.#length > MAX_WORDS) this.#finish()
    else this.#pieces?.add(copy(bytes, from, end))
  }

  end(): void {
    this.connection = undefined
    if (this.#over) return clearTimeout(this.#expiry)
    if (this.#unpacker) this.#unpacker.end()
    else this.#finish()
  }

  lost(failure: Failure): void {
    this.connection = undefined
    this.#unpacker?.stop()
    const end = () => {
      if (!this.#isBroken()) this.#end(failure)
    }
    if (this.#pacer) this.#pacer.end(end)
    else end()
  }

  /** The body is complete, or enough of it. */
  #finish(): void {
    if (this.#over) return
    if (this.#pacer) return this.#pacer.end(() => this.#finishEvents())
    const body = this.#pieces ? this.#pieces.take() : this.#body
    this.#pieces = undefined
    this.#body = undefined
    if (body && this.#mode === 'words') return this.#finishWords(body)
    if (body && !this.#failure) this.#owner.message(body, this)
    // If a message has answered the call, this failure has no effect.
    this.#end(this.#failure ?? (body && this.call ? UNREADABLE : UNANSWERED))
  }

  #finishEvents(): void {
    if (!this.#failure && this.#isBroken()) return
    this.#end(this.#failure ?? UNANSWERED)
  }

  #finishWords(body: Buffer): void {
    const failure = this.#failure ?? UNANSWERED
    const inSession = !this.#sessionless && this.#owner.inSession
    if (isAnswer(body)) this.#owner.message(body, this)
    else if (inSession && saysSessionLost(readWords(body))) {
      this.#end({ ...failure, kind: 'session' })
    }
    // It has handed the request to nobody.
    const fault = failure.status === 400 && judgePage(body.toString())
    if (fault) this.#end({ kind: 'unreachable', ...fault })
    this.#end(failure)
    if (this.connection) this.expire(TAIL_MS)
  }

  #receiveEvent({ type, id, retry = RETRY_MS, data }: StreamEvent): void {
    if (id !== undefined && !this.#sessionless) {
      if (!this.#resumePoint) this.#owner.resumable(this)
      this.#resumePoint = { id, retry }
    }
    this.#breaks = 0
    if (data.length > 0 && type === 'message') this.#owner.message(data, this)
  }

  /** True if the stream continues on another connection. */
  #isBroken(): boolean {
    const point = this.#resumePoint
    if (!point || this.#answered || this.#over) return false
    if (++this.#breaks > MAX_BREAKS) return false
    this.#pacer = undefined
    this.#owner.broken(this, point)
    return true
  }

  #outgrow(): void {
    const setting = `caps.message (${formatBytes(this.#cap)})`
    const detail = 'an answer exceeds the cap'
    this.#stop({ kind: 'oversized', detail, setting })
  }

  /** The rest of the reply is not needed. */
  #stop(failure: Failure | null): void {
    const { connection } = this
    this.connection = undefined
    connection?.destroy()
    this.#end(failure)
  }

  #end(failure: Failure | null): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#expiry)
    this.#mode = 'dropped'
    this.#pacer?.stop()
    this.#unpacker?.stop()
    this.request = undefined
    this.#owner.ended(this, failure)
  }
}

const TAIL_MS = 1_000

const RETRY_MS = 1_000

/** Most bytes of an error text, and how long it is awaited. */
const MAX_WORDS = 64 * 1024
const WORDS_MS = 5_000

/** Most interruptions without an event in between. */
const MAX_BREAKS = 10

export const UNANSWERED: Failure = {
  kind: 'ended',
  detail: 'the reply ended without an answer',
}

const UNREADABLE: Failure = {
  kind: 'garbage',
  detail: 'a body that is not an answer to its request',
}

function copy(bytes: Buffer, from: number, end: number): Buffer {
  const own = Buffer.allocUnsafe(end - from)
  bytes.copy(own, 0, from, end)
  return own
}

/** The failure of an HTTP status. */
export function judgeStatus(status: number, retryAfter = ''): Failure {
  const detail = `HTTP ${status}`
  if (status === 404) return { kind: 'session', detail, status }
  const refused = status === 401 || status === 403
  const waitMs = readRetryAfter(retryAfter, systemClock.now())
  return {
    kind: refused ? 'refused' : 'garbage',
    detail,
    status,
    ...(waitMs !== undefined && { waitMs }),
  }
}

// One HTTP reply of an upstream server, taken apart into messages.
// In: what its connection reads of it. Out: messages, then how it ended.
// INVARIANT: HTML or an unknown status is a failure, never an answer; what is
// kept of an overlong body is bounded; events are read at the pace of others.

import { ChunkBuffer } from '../../base/chunk-buffer.ts'
import { systemClock } from '../../base/clock.ts'
import type { Call } from '../call.ts'
import type { Outgoing } from '../encoding.ts'
import { type Failure, formatBytes } from '../failure.ts'
import { isRedirect, type Redirect } from '../place.ts'
import type { Sent } from '../transport.ts'
import type { Connection, Transfer } from './connection.ts'
import { EventFramer, type StreamEvent } from './frames.ts'
import { type ResponseHead, readRetryAfter } from './head.ts'
import { readWords, saysSessionLost } from './lost-session.ts'
import { readMedia } from './media.ts'
import { Pacer, type Source } from './pacer.ts'
import { canUnpack, readCoding, Unpacker } from './unpack.ts'

/** Who sent the request. */
export interface ReplyOwner {
  /** Whether the server has named a session. */
  readonly inSession: boolean
  message(bytes: Buffer, reply: Reply): void
  /** False when the session's id cannot be sent back. */
  begun(session: string | undefined, reply: Reply): boolean
  /** Sends the request to where a redirect leads; else why it does not. */
  moved(reply: Reply, redirect: Redirect): string | undefined
  /** It is to be gone on with, from this event on: its server let go. */
  broken(reply: Reply, at: Mark): void
  /** The server has said that it may let go. */
  resumable(reply: Reply): void
  /** It sends more than is read at once. */
  flooded(messages: number): void
  /** Without a failure: it was abandoned. */
  ended(reply: Reply, failure: Failure | null): void
}

/** Where a stream of events was left (2025-11-25, Resumability). */
export interface Mark {
  readonly id: string
  /** Milliseconds to wait. */
  readonly retry: number
}

/** What is done with the bytes of a body: not yet known, kept as one message,
 * read as events, kept as words of a refusal, dropped. */
type Mode = 'unknown' | 'message' | 'events' | 'words' | 'dropped'

export class Reply implements Transfer, Sent {
  slot = -1
  connection: Connection | undefined
  /** The call that it answers, while its session knows. */
  call: Call | undefined
  readonly failed: (failure: Failure) => void
  /** What was asked, until it is known where the server is. */
  request: Outgoing | undefined
  readonly #cap: number
  readonly #owner: ReplyOwner
  readonly #sessionless: boolean
  #failure: Failure | null = null
  #mode: Mode = 'dropped'
  #type = ''
  /** Of the body; -1 when the head does not say. */
  #expected = -1
  #unpacker: Unpacker | undefined
  #pacer: Pacer | undefined
  /** A body that is kept, in one piece when its length is known. */
  #body: Buffer | undefined
  #pieces: ChunkBuffer | undefined
  #length = 0
  #over = false
  #mark: Mark | undefined
  #answered = false
  /** Broken since its last event. */
  #breaks = 0

  constructor(
    cap: number,
    owner: ReplyOwner,
    failed: (failure: Failure) => void,
    sessionless: boolean,
  ) {
    this.#sessionless = sessionless
    this.#cap = cap
    this.#owner = owner
    this.failed = failed
  }

  /** A server may hold its stream open behind the answer; not for long. */
  answered(): void {
    this.#answered = true
    if (this.#pacer) this.expire(TAIL_MS)
  }

  abandon(): void {
    this.#stop(null)
  }

  /** Abandons what has not ended by then. */
  expire(ms: number): void {
    setTimeout(() => this.abandon(), ms).unref()
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
      return this.#stop({
        kind: 'garbage',
        detail: 'an id of a session is none',
      })
    }
    this.#mode = 'unknown'
    this.#type = head.type
    this.#expected = head.length
    if (head.coding !== '') this.#unpack(head.coding)
    else if (head.length > this.#cap) this.#outgrow()
  }

  /** A refusal that needs no more bytes is told at once. */
  #beginRefusal(head: ResponseHead): void {
    const { status } = head
    const failure = judgeStatus(status, head.retryAfter)
    const inSession = !this.#sessionless && this.#owner.inSession
    if (isRedirect(status)) {
      const why = this.#owner.moved(this, head)
      if (why === undefined) return
      this.#failure = { ...failure, detail: `HTTP ${status} ${why}` }
      return this.#leave()
    }
    // In a session, both always mean that this one is gone.
    const gone = inSession && (status === 404 || status === 410)
    this.#failure = gone ? { ...failure, kind: 'session' } : failure
    if (gone || status < 400 || status >= 500) return this.#leave()
    // It may carry a JSON-RPC answer, or say what is wrong.
    this.#mode = 'words'
    this.#pieces = new ChunkBuffer()
    if (head.coding !== '') this.#unpack(head.coding)
    setTimeout(() => this.#finish(), WORDS_MS).unref()
  }

  /** What follows is read away, but not for long. */
  #leave(): void {
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
      return this.#leave()
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
    this.call?.heard?.()
    if (!this.#unpacker) return this.#takePlain(bytes, from, end)
    this.#unpacker.feed(copy(bytes, from, end), this.connection)
  }

  #takePlain(bytes: Buffer, from: number, end: number): void {
    if (this.#mode === 'unknown') this.#begin(bytes, from, end)
    switch (this.#mode) {
      case 'events':
        return this.#pacer?.feed(copy(bytes, from, end), this.#source)
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
      return this.#leave()
    }
    this.#mode = media
    if (media === 'events') return this.#beginEvents()
    if (this.#expected === -1) this.#pieces = new ChunkBuffer()
    else this.#body = Buffer.allocUnsafe(this.#expected)
  }

  #beginEvents(): void {
    const framer = new EventFramer(this.#cap, (event) => this.#hear(event))
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

  /** Their beginning is enough; who goes on for ever is not heard out. */
  #keepWords(bytes: Buffer, from: number, end: number): void {
    this.#length += end - from
    if (this.#length > MAX_WORDS) this.#finish()
    else this.#pieces?.add(copy(bytes, from, end))
  }

  end(): void {
    this.connection = undefined
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

  /** All of it has come, or all that is wanted. */
  #finish(): void {
    if (this.#over) return
    if (this.#pacer) return this.#pacer.end(() => this.#finishEvents())
    const body = this.#pieces ? this.#pieces.take() : this.#body
    this.#pieces = undefined
    this.#body = undefined
    if (body && this.#mode === 'words') return this.#finishWords(body)
    if (body && !this.#failure) this.#owner.message(body, this)
    // A message that answered the call has settled it: what is told now is
    // heard only by a call that is still waiting.
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
    this.#end(failure)
    if (this.connection) this.expire(TAIL_MS)
  }

  #hear({ type, id, retry = RETRY_MS, data }: StreamEvent): void {
    if (id !== undefined && !this.#sessionless) {
      if (!this.#mark) this.#owner.resumable(this)
      this.#mark = { id, retry }
    }
    this.#breaks = 0
    if (data.length > 0 && type === 'message') this.#owner.message(data, this)
  }

  /** True when it goes on, on another connection. */
  #isBroken(): boolean {
    const mark = this.#mark
    if (!mark || this.#answered || this.#over) return false
    if (++this.#breaks > MAX_BREAKS) return false
    this.#pacer = undefined
    this.#owner.broken(this, mark)
    return true
  }

  #outgrow(): void {
    const setting = `caps.message (${formatBytes(this.#cap)})`
    const detail = 'an answer outgrew its cap'
    this.#stop({ kind: 'oversized', detail, setting })
  }

  /** The rest of the reply is not wanted. */
  #stop(failure: Failure | null): void {
    const { connection } = this
    this.connection = undefined
    connection?.destroy()
    this.#end(failure)
  }

  #end(failure: Failure | null): void {
    if (this.#over) return
    this.#over = true
    this.#mode = 'dropped'
    this.#pacer?.stop()
    this.#unpacker?.stop()
    this.request = undefined
    this.#owner.ended(this, failure)
  }
}

const TAIL_MS = 1_000

const RETRY_MS = 1_000

/** Words of a refusal: how many, and how long they are waited for. */
const MAX_WORDS = 64 * 1024
const WORDS_MS = 5_000

/** In a row, without an event in between. */
const MAX_BREAKS = 10

const UNANSWERED: Failure = {
  kind: 'ended',
  detail: 'the reply ended without an answer',
}

const UNREADABLE: Failure = {
  kind: 'garbage',
  detail: 'a body that is no answer to its request',
}

function copy(bytes: Buffer, from: number, end: number): Buffer {
  const own = Buffer.allocUnsafe(end - from)
  bytes.copy(own, 0, from, end)
  return own
}

/** Of a reply that is no answer. */
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

/** A JSON-RPC answer in the body of an error status names a request. */
function isAnswer(body: Buffer): boolean {
  try {
    const value = JSON.parse(body.toString()) as Record<string, unknown> | null
    return value?.jsonrpc === '2.0' && (value.id ?? null) !== null
  } catch {
    return false
  }
}

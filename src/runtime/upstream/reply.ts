// One HTTP reply of an upstream server, taken apart into messages.
// In: what its connection reads of it. Out: messages, then how it ended.
// INVARIANT: a redirect, HTML or an unknown status is a failure, never an
// answer; an encoded or overlong body is not read.

import { Gathered } from '../gathered.ts'
import type { Connection, Exchange } from './connection.ts'
import type { Failure } from './failure.ts'
import { EventFramer, type StreamEvent } from './frames.ts'
import type { ResponseHead } from './head.ts'
import type { Sent } from './transport.ts'

/** Who sent the request. */
export interface ReplyOwner {
  /** Whether the server has named a session. */
  readonly inSession: boolean
  message(bytes: Buffer, reply: Reply): void
  /** False when the session's id cannot be sent back. */
  begun(session: string | undefined, reply: Reply): boolean
  /** It is to be gone on with, from this event on: its server let go. */
  broken(reply: Reply, at: Mark): void
  /** The server has said that it may let go. */
  primed(reply: Reply): void
  /** Without a failure: it was abandoned. */
  ended(reply: Reply, failure: Failure | null): void
}

/** Where a stream of events was left (2025-11-25, Resumability). */
export interface Mark {
  readonly id: string
  /** Milliseconds to wait. */
  readonly retry: number
}

export class Reply implements Exchange, Sent {
  slot = -1
  connection: Connection | undefined
  readonly failed: (failure: Failure) => void
  readonly #cap: number
  readonly #owner: ReplyOwner
  readonly #sessionless: boolean
  #failure: Failure | null = null
  #framer: EventFramer | undefined
  /** A body that is kept, in one piece when its length is known. */
  #body: Buffer | undefined
  #pieces: Gathered | undefined
  #length = 0
  #over = false
  #mark: Mark | undefined
  #settled = false
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
  settle(): void {
    this.#settled = true
    if (this.#framer) this.expire(TAIL_MS)
  }

  abandon(): void {
    this.#stop(null)
  }

  /** Abandons what has not ended by then. */
  expire(ms: number): void {
    setTimeout(() => this.abandon(), ms).unref()
  }

  begin(head: ResponseHead): void {
    const { status, type } = head
    if (status === 202 || status === 204) return
    if (status < 200 || status > 299) {
      this.#failure = judgeStatus(status)
      // An error may still carry a JSON-RPC answer; it is relayed then. In a
      // session, a 404 always means that this one is gone.
      const inSession = !this.#sessionless && this.#owner.inSession
      const gone = status === 404 && inSession
      if (type === 'application/json' && status < 500 && !gone) {
        this.#keep(head.length)
      }
      return
    }
    if (!this.#sessionless && !this.#owner.begun(head.session, this)) {
      this.#stop({ kind: 'garbage', detail: 'an id of a session is none' })
    } else if (head.encoded) {
      this.#failure = { kind: 'garbage', detail: 'an encoded body' }
    } else if (type === 'text/event-stream') {
      this.#framer = new EventFramer(this.#cap, (event) => this.#hear(event))
    } else if (type === 'application/json') {
      this.#keep(head.length)
    } else {
      this.#failure = { kind: 'garbage', detail: `a body of type ${type}` }
    }
  }

  take(bytes: Buffer, from: number, end: number): void {
    const at = this.#length
    this.#length += end - from
    if (this.#framer) {
      if (!this.#framer.feed(copy(bytes, from, end))) this.#stop(OUTGROWN)
    } else if (this.#length > this.#cap) this.#stop(OUTGROWN)
    else if (this.#body) bytes.copy(this.#body, at, from, end)
    else this.#pieces?.add(copy(bytes, from, end))
  }

  end(): void {
    this.connection = undefined
    const body = this.#pieces ? this.#pieces.take() : this.#body
    if (body && !this.#over && (!this.#failure || isAnswer(body))) {
      this.#owner.message(body, this)
    }
    if (!this.#failure && this.#framer && this.#isBroken()) return
    // A message that answered the call has settled it: what is told now is
    // heard only by a call that is still waiting.
    this.#end(this.#failure ?? UNANSWERED)
  }

  lost(failure: Failure): void {
    this.connection = undefined
    if (!this.#isBroken()) this.#end(failure)
  }

  #hear({ type, id, retry = RETRY_MS, data }: StreamEvent): void {
    if (id !== undefined && !this.#sessionless) {
      if (!this.#mark) this.#owner.primed(this)
      this.#mark = { id, retry }
    }
    this.#breaks = 0
    if (data.length > 0 && type === 'message') this.#owner.message(data, this)
  }

  /** True when it goes on, on another connection. */
  #isBroken(): boolean {
    const mark = this.#mark
    if (!mark || this.#settled || this.#over) return false
    if (++this.#breaks > MOST_BREAKS) return false
    this.#framer = undefined
    this.#owner.broken(this, mark)
    return true
  }

  #keep(length: number): void {
    if (length > this.#cap) this.#stop(OUTGROWN)
    else if (length === -1) this.#pieces = new Gathered()
    else this.#body = Buffer.allocUnsafe(length)
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
    this.#owner.ended(this, failure)
  }
}

const TAIL_MS = 1_000

const RETRY_MS = 1_000

/** In a row, without an event in between. */
const MOST_BREAKS = 10

const OUTGROWN: Failure = {
  kind: 'garbage',
  detail: 'an answer outgrew caps.message',
}

const UNANSWERED: Failure = {
  kind: 'ended',
  detail: 'the reply ended without an answer',
}

function copy(bytes: Buffer, from: number, end: number): Buffer {
  const own = Buffer.allocUnsafe(end - from)
  bytes.copy(own, 0, from, end)
  return own
}

/** Of a reply that is no answer. */
export function judgeStatus(status: number): Failure {
  const detail = `HTTP ${status}`
  if (status === 404) return { kind: 'session', detail, status }
  const refused = status === 401 || status === 403
  return { kind: refused ? 'refused' : 'garbage', detail, status }
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

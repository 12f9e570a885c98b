// One legacy session with a server: handshake, and calls by ids of its own.
// In: a transport, what to declare. Out: answers and progress to their calls.
// INVARIANT: an id is used once; what answers no call under way reaches
// nobody; a server's own requests are refused (design §6).

import {
  findNode,
  isAnswer,
  type Message,
  readMessage,
  readNumber,
  readString,
} from '../edge/message.ts'
import { isLegacyVersion, LATEST_LEGACY } from '../edge/methods.ts'
import { FlightMap } from '../flights.ts'
import type { Failure } from './failure.ts'
import { Questions } from './questions.ts'
import type { Sent, Transport, TransportEvents } from './transport.ts'

/** A call under way. It is told one of `answer` and `failed`, once. */
export interface Call {
  /** Its id in this session, once it has one. */
  id: number
  /** The bytes to send, with that id. */
  write(id: number): Buffer
  answer(message: Message): void
  progress(message: Message): void
  failed(failure: Failure): void
}

/** What the server said of itself. */
export interface Greeting {
  readonly version: string
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly instructions: string | null
}

export interface SessionOptions {
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly depth: number
  connect(events: TransportEvents): Transport
  /** A notification that belongs to no call. */
  notified(method: string): void
  /** The session is over, by itself. Told once. */
  closed(failure: Failure): void
}

interface Pending {
  readonly call: Call
  sent: Sent | undefined
}

export class Session {
  readonly #options: SessionOptions
  readonly #transport: Transport
  readonly #pending = new FlightMap<number, Pending>()
  #next = 1
  readonly #questions = new Questions()
  #closing = false
  #over = false
  /** Answers, progress and other messages that belonged to nobody. */
  strays = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#transport = options.connect({
      message: (bytes) => this.#receive(bytes),
      closing: () => {
        this.#closing = true
      },
      closed: (failure) => {
        this.#over = true
        this.#failAll(failure)
        options.closed(failure)
      },
    })
  }

  /** Whether it takes no more calls. */
  get over(): boolean {
    return this.#over || this.#closing
  }

  get inFlight(): number {
    return this.#pending.size
  }

  /** The handshake of 2025-11-25 and older; rejects with a Failure. */
  async open(): Promise<Greeting> {
    const { capabilities, clientInfo } = this.#options
    const answer = await this.request('initialize', {
      protocolVersion: LATEST_LEGACY,
      capabilities,
      clientInfo,
    })
    const { bytes, result } = answer
    const version = readString(bytes, findNode(result, 'protocolVersion'))
    if (!result || version === undefined || !isLegacyVersion(version)) {
      const detail = `initialize answered version ${version}`
      throw { kind: 'garbage', detail } satisfies Failure
    }
    this.#transport.opened(version)
    this.notify('notifications/initialized')
    const value = JSON.parse(
      bytes.toString('utf8', result.start, result.end),
    ) as Record<string, unknown>
    const said = value.capabilities
    return {
      version,
      capabilities:
        typeof said === 'object' && said !== null ? { ...said } : {},
      instructions:
        typeof value.instructions === 'string' ? value.instructions : null,
    }
  }

  /** Unasked messages, where the wire has a stream for them. */
  listen(): void {
    this.#transport.listen()
  }

  /** A request of the gateway itself; rejects with a Failure. */
  request(method: string, params: object): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.call({
        id: 0,
        write: (id) =>
          Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params })),
        answer: (message) =>
          message.error
            ? reject({ kind: 'garbage', detail: `${method} gave an error` })
            : resolve(message),
        progress() {},
        failed: reject,
      })
    })
  }

  /** Sends a call under a fresh id. */
  call(call: Call): void {
    const id = this.#next++
    const pending: Pending = { call, sent: undefined }
    call.id = id
    this.#pending.set(id, pending)
    pending.sent = this.#transport.send(call.write(id), (failure) => {
      if (!this.#pending.delete(id)) return
      call.failed(failure)
      if (this.#closing) this.closeWhenIdle()
    })
  }

  /** Stops a call and tells the server; its answer is a stray from now on. */
  cancel(id: number, reason: string): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    this.notify('notifications/cancelled', { requestId: id, reason })
    pending.sent?.abandon()
  }

  notify(method: string, params?: object): void {
    if (this.#over) return
    this.#post({ jsonrpc: '2.0', method, ...(params && { params }) })
  }

  /** Takes no more calls, and closes after the last one. */
  closeWhenIdle(): void {
    this.#closing = true
    if (this.#pending.size === 0) void this.close()
  }

  /** Resolves when its wire is gone. */
  close(): Promise<void> {
    this.#over = true
    this.#failAll({ kind: 'ended', detail: 'the gateway closed the session' })
    return this.#transport.close()
  }

  #post(message: object): void {
    this.#transport.post(Buffer.from(JSON.stringify(message)))
  }

  #failAll(failure: Failure): void {
    const calls = [...this.#pending.values()]
    this.#pending.clear()
    for (const { call } of calls) call.failed(failure)
  }

  #receive(bytes: Buffer): void {
    const message = readMessage(bytes, this.#options.depth, 2)
    if ('problem' in message)
      return this.#receiveGarbage(bytes, message.problem)
    if (message.kind === 'response') return this.#receiveAnswer(message)
    if (message.kind === 'request') {
      const reply = this.#questions.answer(message)
      if (reply) this.#transport.post(reply)
      return
    }
    if (message.method !== 'notifications/progress') {
      return this.#options.notified(message.method)
    }
    const token = findNode(message.params, 'progressToken')
    const pending = token && this.#pending.get(readNumber(bytes, token))
    if (pending) pending.call.progress(message)
    else this.strays++
  }

  #receiveAnswer(message: Message): void {
    const id = message.id ? readNumber(message.bytes, message.id) : Number.NaN
    const pending = this.#pending.get(id)
    if (!pending) {
      this.strays++
      return
    }
    this.#pending.delete(id)
    pending.sent?.settle()
    if (isAnswer(message)) return pending.call.answer(message)
    const detail = 'neither a result nor an error'
    pending.call.failed({ kind: 'garbage', detail })
  }

  /** What is not a message may still name the call that it spoils; noise on
   * stdout names none and is dropped. */
  #receiveGarbage(bytes: Buffer, problem: string): void {
    let id: unknown
    try {
      id = (JSON.parse(bytes.toString()) as { id?: unknown } | null)?.id
    } catch {
      id = undefined
    }
    const pending = typeof id === 'number' ? this.#pending.get(id) : undefined
    if (typeof id !== 'number' || !pending) {
      this.strays++
      return
    }
    this.#pending.delete(id)
    pending.call.failed({ kind: 'garbage', detail: problem })
  }
}

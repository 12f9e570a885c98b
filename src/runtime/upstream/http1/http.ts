// The Streamable HTTP transport, as a client of either era.
// In: a URL and resolved headers. Out: a Transport.
// INVARIANT: a redirect is followed within the server's origin alone, once;
// nothing of the client's own request but the message reaches the server.

import { Backoff } from '../../base/backoff.ts'
import { InFlightSet } from '../../base/in-flight.ts'
import type { Outgoing } from '../encoding.ts'
import type { Failure } from '../failure.ts'
import { judgeRedirect, type Place, type Redirect } from '../place.ts'
import type { Sent, Transport, TransportEvents } from '../transport.ts'
import type { Connections } from './connections.ts'
import { type Mark, Reply, type ReplyOwner } from './reply.ts'
import {
  type Headers,
  isSessionId,
  type Method,
  writeHead,
  writeRequest,
} from './request.ts'

export interface Endpoint {
  readonly connections: Connections
  /** Of the server, from the config. */
  readonly url: URL
  /** Where on its origin it is; its sessions share what is learnt of that. */
  readonly place: Place
  /** From the config, secrets resolved; all can be sent. */
  readonly headers: Headers
}

const FIRST_PAUSE_MS = 500
const UNANSWERED_MS = 10_000
const LONGEST_PAUSE_MS = 60_000

/** A stream that lived this long was not refused, only ended. */
const STEADY_MS = 60_000

export class HttpTransport implements Transport, ReplyOwner {
  readonly attributes = true
  readonly #endpoint: Endpoint
  readonly #cap: number
  readonly #events: TransportEvents
  readonly #replies = new InFlightSet<Reply>()
  #session: string | undefined
  /** Something was answered, so that nothing will be redirected. */
  #located = false
  #redirected = false
  #headers: Headers
  /** Of a POST in this session; written when it is first needed. */
  #head: Buffer | undefined
  #over = false
  #streamed = false
  #stream: Reply | undefined
  /** Who waits for the stream to open. */
  #listening: (() => void) | undefined
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #relisten: NodeJS.Timeout | undefined

  constructor(endpoint: Endpoint, cap: number, events: TransportEvents) {
    const { url, headers } = endpoint
    this.#endpoint = endpoint
    this.#cap = cap
    this.#events = events
    this.#headers = {
      host: url.host,
      connection: 'keep-alive',
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
    }
  }

  send(outgoing: Outgoing, failed: (failure: Failure) => void): Sent {
    const sessionless = outgoing.headers !== undefined
    const reply = this.#dispatch(this.#write(outgoing), failed, sessionless)
    if (!this.#located) reply.request = outgoing
    return reply
  }

  #write({ bytes, headers, parent }: Outgoing): Buffer {
    if (headers || parent !== undefined) {
      const trace = parent === undefined ? {} : { traceparent: parent }
      const head = this.#writeHead('POST', { ...headers, ...trace })
      return writeRequest(head, bytes)
    }
    this.#head ??= this.#writeHead('POST')
    return writeRequest(this.#head, bytes)
  }

  post(bytes: Buffer): void {
    this.#head ??= this.#writeHead('POST')
    this.#say(writeRequest(this.#head, bytes))
  }

  opened(version: string): void {
    this.#addHeader('mcp-protocol-version', version)
  }

  /** The GET stream. Servers may end it at any time, so it is opened again;
   * that this fails says that the server is gone. One that offers no such
   * stream (405) is left in peace. */
  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#listening = resolve
      this.#openStream()
    })
  }

  #openStream(): void {
    const begun = performance.now()
    this.#stream = this.#dispatch(this.#writeHead('GET'), (failure) => {
      this.#listening?.()
      if (this.#over) return
      // Some answer 404 where they have no stream; only one that had it once
      // has lost the session.
      const lost = failure.kind === 'session' && this.#streamed
      if (lost || failure.kind === 'unreachable') return this.#close(failure)
      if (failure.kind !== 'ended') return
      this.#streamed = true
      if (performance.now() - begun > STEADY_MS) this.#backoff.reset()
      this.#relisten = setTimeout(
        () => this.#openStream(),
        this.#backoff.next(),
      )
    })
  }

  close(): Promise<void> {
    const ending = !this.#over && this.#session !== undefined
    this.#over = true
    this.#listening?.()
    clearTimeout(this.#relisten)
    for (const reply of [...this.#replies]) reply.abandon()
    if (ending) this.#say(this.#writeHead('DELETE'))
    return Promise.resolve()
  }

  get inSession(): boolean {
    return this.#session !== undefined
  }

  message(bytes: Buffer, on: Reply): void {
    const of = on === this.#stream ? undefined : on
    if (!this.#over) this.#events.message(bytes, of)
  }

  moved(reply: Reply, redirect: Redirect): string | undefined {
    const { connections, url, place } = this.#endpoint
    const { request, connection } = reply
    if (!request) return 'to elsewhere'
    if (this.#redirected) return 'after another redirect'
    const target = judgeRedirect('POST', redirect, url, place.path)
    if ('problem' in target) return target.problem
    this.#redirected = true
    place.move(target.path)
    this.#head = undefined
    reply.connection = undefined
    connection?.destroy()
    connections.send(this.#write(request), reply)
    return undefined
  }

  flooded(messages: number): void {
    if (!this.#over) this.#events.flooded(messages)
  }

  begun(session: string | undefined, reply: Reply): boolean {
    this.#located = true
    if (reply === this.#stream) this.#listening?.()
    if (session === undefined || this.#session !== undefined) return true
    if (!isSessionId(session)) return false
    this.#session = session
    this.#addHeader('mcp-session-id', session)
    return true
  }

  resumable(reply: Reply): void {
    if (!this.#over) this.#events.resumable(reply)
  }

  /** Asks for the rest of it (2025-11-25, Resumability). */
  broken(reply: Reply, { id, retry }: Mark): void {
    this.#events.paused(reply)
    const resume = () => {
      if (this.#over || !this.#replies.has(reply)) return
      const head = this.#writeHead('GET', { 'last-event-id': id })
      this.#endpoint.connections.send(head, reply)
    }
    setTimeout(resume, Math.min(retry, LONGEST_PAUSE_MS)).unref()
  }

  ended(reply: Reply, failure: Failure | null): void {
    this.#replies.delete(reply)
    if (failure) reply.failed(failure)
  }

  #close(failure: Failure): void {
    if (this.#over) return
    this.#over = true
    this.#listening?.()
    clearTimeout(this.#relisten)
    for (const reply of [...this.#replies]) reply.abandon()
    this.#events.closed(failure)
  }

  #addHeader(name: string, value: string): void {
    this.#headers = { ...this.#headers, [name]: value }
    this.#head = undefined
  }

  #writeHead(method: Method, more: Headers = {}): Buffer {
    const headers = { ...this.#headers, ...more }
    return writeHead(method, this.#endpoint.place.path, headers)
  }

  /** What no answer is waited for is not waited for long. */
  #say(request: Buffer): void {
    this.#dispatch(request, () => {}).expire(UNANSWERED_MS)
  }

  #dispatch(
    request: Buffer,
    failed: (failure: Failure) => void,
    sessionless = false,
  ): Reply {
    const reply = new Reply(this.#cap, this, failed, sessionless)
    this.#replies.add(reply)
    this.#endpoint.connections.send(request, reply)
    return reply
  }
}

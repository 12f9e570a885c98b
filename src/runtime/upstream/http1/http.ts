// The Streamable HTTP transport, for both eras.
// INVARIANT: follows one redirect, within the server's origin; of the client's
// request, only the message reaches the server.

import { Backoff } from '../../base/backoff.ts'
import { InFlightSet } from '../../base/in-flight.ts'
import { holdMessage, type Lender } from '../../base/lender.ts'
import type { Bytes } from '../../base/pieces.ts'
import type { Credential } from '../../oauth/credential.ts'
import type { Outgoing } from '../encoding.ts'
import type { Failure } from '../failure.ts'
import {
  judgeRedirect,
  type Redirect,
  type ServerPath,
} from '../server-path.ts'
import type { Sender, Sent, Transport, TransportEvents } from '../transport.ts'
import { Attempts } from './attempts.ts'
import type { Connections } from './connections.ts'
import type { ResponseHead } from './head.ts'
import { Heads } from './heads.ts'
import {
  Reply,
  type ReplyOwner,
  type ResumePoint,
  UNANSWERED,
} from './reply.ts'
import { type Headers, isSessionId, writeRequest } from './request.ts'

export interface Endpoint {
  readonly connections: Connections
  /** Of the memory for long answers. */
  readonly lender?: Lender | undefined
  /** URL of the server, from the config. */
  readonly url: URL
  /** The current path; all sessions of the server share it. */
  readonly serverPath: ServerPath
  /** From the config, with secrets resolved; all are valid. */
  readonly headers: Headers
  /** Gives an access token, if the server has `auth`. */
  readonly credential?: Credential | undefined
}

const FIRST_PAUSE_MS = 500
const UNANSWERED_MS = 10_000
const LONGEST_PAUSE_MS = 60_000

/** A stream that lived this long resets the pause. */
const STEADY_MS = 60_000

/** What ends a stream before it is asked for. */
const NEVER_SENT: ReadonlySet<string> = new Set(['unreachable', 'secret'])

export class HttpTransport implements Transport, ReplyOwner {
  readonly attributes = true
  readonly #endpoint: Endpoint
  readonly #cap: number
  readonly #events: TransportEvents
  readonly #replies = new InFlightSet<Reply>()
  #session: string | undefined
  /** A request was answered, so later ones will not be redirected. */
  #located = false
  #redirected = false
  readonly #heads: Heads
  /** Only with `auth`. */
  readonly #attempts: Attempts | undefined
  #over = false
  #streamed = false
  #stream: Reply | undefined
  /** Called when the stream opens. */
  #listening: (() => void) | undefined
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #relisten: NodeJS.Timeout | undefined

  constructor(endpoint: Endpoint, cap: number, events: TransportEvents) {
    const { url, headers, credential } = endpoint
    this.#endpoint = endpoint
    this.#cap = cap
    this.#events = events
    const own = {
      host: url.host,
      connection: 'keep-alive',
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
    }
    this.#heads = new Heads(endpoint.serverPath, own, credential)
    this.#attempts =
      credential && new Attempts(credential, endpoint.connections)
  }

  send(outgoing: Outgoing, sender: Sender): Sent {
    const reply = this.#await(sender, outgoing.mirrored !== undefined)
    reply.release = holdMessage(outgoing.bytes)
    if (!this.#located) reply.request = outgoing
    if (this.#attempts) {
      this.#attempts.send(() => this.#write(outgoing), reply)
    } else this.#endpoint.connections.send(this.#write(outgoing), reply)
    return reply
  }

  #write({ bytes, edits, mirrored, parent }: Outgoing): Bytes {
    const head = this.#heads.post(mirrored, parent)
    return writeRequest(head, bytes, edits, this.#endpoint.connections.memory)
  }

  post(bytes: Buffer): void {
    this.#post(() => writeRequest(this.#heads.post(), bytes))
  }

  opened(version: string): void {
    this.#heads.addHeader('mcp-protocol-version', version)
  }

  /** Opens the GET stream, again after each end. If that fails, the server is
   * gone; one that answers 405 is not asked again. */
  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#listening = resolve
      this.#openStream()
    })
  }

  #openStream(): void {
    const begun = performance.now()
    this.#stream = this.#dispatch(
      () => this.#heads.write('GET'),
      (failure) => {
        this.#listening?.()
        if (this.#over) return
        // Some servers answer 404 if they have no stream. It means a lost session
        // only if there was a stream before.
        const lost = failure.kind === 'session' && this.#streamed
        if (lost || NEVER_SENT.has(failure.kind)) return this.#close(failure)
        if (failure.kind !== 'ended') return
        this.#streamed = true
        if (performance.now() - begun > STEADY_MS) this.#backoff.reset()
        this.#relisten = setTimeout(
          () => this.#openStream(),
          this.#backoff.next(),
        )
      },
    )
  }

  close(): Promise<void> {
    const ending = !this.#over && this.#session !== undefined
    this.#over = true
    this.#listening?.()
    clearTimeout(this.#relisten)
    for (const reply of [...this.#replies]) reply.abandon()
    if (ending) this.#post(() => this.#heads.write('DELETE'))
    return Promise.resolve()
  }

  get inSession(): boolean {
    return this.#session !== undefined
  }

  message(bytes: Buffer, on: Reply): void {
    const of = on === this.#stream ? undefined : on
    if (!this.#over) this.#events.message(bytes, of)
  }

  redirected(reply: Reply, redirect: Redirect): string | undefined {
    const { connections, url, serverPath } = this.#endpoint
    const { request, connection } = reply
    if (!request) return 'after an answer'
    if (this.#redirected) return 'after another redirect'
    const target = judgeRedirect('POST', redirect, url, serverPath.path)
    if ('problem' in target) return target.problem
    this.#redirected = true
    serverPath.move(target.path)
    reply.connection = undefined
    connection?.destroy()
    connections.send(this.#write(request), reply)
    return undefined
  }

  renewed(reply: Reply, { status, challenge }: ResponseHead): boolean {
    return this.#attempts?.refused(reply, status, challenge) ?? false
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
    this.#heads.addHeader('mcp-session-id', session)
    return true
  }

  resumable(reply: Reply): void {
    if (!this.#over) this.#events.resumable(reply)
  }

  /** Requests the rest of a stream (2025-11-25, Resumability). */
  broken(reply: Reply, { id, retry }: ResumePoint): void {
    this.#events.paused(reply)
    const resume = () => {
      if (this.#over || !this.#replies.has(reply)) return
      this.#send(() => this.#heads.write('GET', { 'last-event-id': id }), reply)
    }
    setTimeout(resume, Math.min(retry, LONGEST_PAUSE_MS)).unref()
  }

  ended(reply: Reply, failure: Failure | null): void {
    this.#replies.delete(reply)
    this.#attempts?.delete(reply)
    reply.release?.()
    if (failure) reply.sender.failed(failure)
  }

  #close(failure: Failure): void {
    if (this.#over) return
    this.#over = true
    this.#listening?.()
    clearTimeout(this.#relisten)
    for (const reply of [...this.#replies]) reply.abandon()
    this.#events.closed(failure)
  }

  /** Sends a message whose reply is not awaited for long; a second time where the
   * server may have closed the connection before it read it. Nobody else would:
   * a call would wait for an answer of its client that is lost. */
  #post(write: () => Bytes, isSecond = false): void {
    const failed = (failure: Failure) => {
      if (isSecond || failure.kind !== 'ended' || failure === UNANSWERED) return
      this.#post(write, true)
    }
    this.#dispatch(write, failed).expire(UNANSWERED_MS)
  }

  #dispatch(write: () => Bytes, failed: (failure: Failure) => void): Reply {
    const reply = this.#await({ failed }, false)
    this.#send(write, reply)
    return reply
  }

  #await(sender: Sender, sessionless: boolean): Reply {
    const { lender } = this.#endpoint
    const reply = new Reply(this.#cap, this, sender, sessionless, lender)
    this.#replies.add(reply)
    return reply
  }

  #send(write: () => Bytes, reply: Reply): void {
    if (this.#attempts) this.#attempts.send(write, reply)
    else this.#endpoint.connections.send(write(), reply)
  }
}

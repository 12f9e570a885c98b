// One upstream server: its sessions, and the calls under way.
// In: a server of the table. Out: answers to calls.
// INVARIANT: bounded sessions, calls and waiting calls; every call ends, by
// its answer, a failure, a deadline or a cancellation, exactly once.

import type { ServerStatus } from '../../contract/status.ts'
import type { Server } from '../../contract/table.ts'
import type { Message } from '../edge/message.ts'
import type { Catalogue } from './catalogue.ts'
import { Connector, type UpstreamContext } from './connector.ts'
import { describeFailure, type Failure } from './failure.ts'
import { Listing } from './listing.ts'
import type { Session } from './session.ts'
import { Sessions } from './sessions.ts'

export interface UpstreamCall {
  /** Which of the server's sessions it belongs to. */
  readonly key: string
  /** The bytes to send, with an id of the upstream session. */
  write(id: number): Buffer
  progress(message: Message): void
  answer(message: Message): void
  failed(failure: Failure): void
}

interface Running {
  readonly call: UpstreamCall
  readonly began: number
  lastHeard: number
  session: Session | undefined
  id: number
  tries: number
}

export class Upstream {
  readonly name: string
  readonly server: Server
  readonly listing: Listing
  /** Monotonic milliseconds. */
  readonly began: number
  readonly #context: UpstreamContext
  readonly #connector: Connector
  readonly #sessions: Sessions
  readonly #running = new Set<Running>()
  readonly #waiting: Running[] = []
  #retired: (() => void) | undefined

  constructor(
    name: string,
    server: Server,
    context: UpstreamContext,
    changed: () => void,
  ) {
    this.name = name
    this.server = server
    this.#context = context
    this.began = context.clock.monotonic()
    this.#connector = new Connector(name, server, context)
    this.#sessions = new Sessions(this.#connector, server, context.clock)
    this.listing = new Listing(this.#connector, context, changed)
  }

  get catalogue(): Catalogue | undefined {
    return this.listing.catalogue
  }

  /** Starts a call; the returned function ends it and tells the server. */
  call(call: UpstreamCall): (reason: string) => void {
    const now = this.#context.clock.monotonic()
    const running: Running = {
      call,
      began: now,
      lastHeard: now,
      session: undefined,
      id: 0,
      tries: 0,
    }
    if (this.#running.size < this.server.concurrency) {
      this.#start(running)
    } else if (this.#waiting.length < this.server.queue) {
      this.#waiting.push(running)
    } else {
      call.failed({ kind: 'busy', detail: 'the queue is full' })
    }
    return (reason) => this.#stop(running, reason)
  }

  /** Ends calls past their deadline and sessions without use. */
  tick(): void {
    const now = this.#context.clock.monotonic()
    const { timeout, idleTimeout } = this.server
    for (const running of [...this.#running, ...this.#waiting]) {
      const late = now - running.began >= timeout
      if (!late && now - running.lastHeard < idleTimeout) continue
      const detail = late ? 'timeout' : 'idleTimeout'
      if (this.#stop(running, 'timeout')) {
        running.call.failed({ kind: 'timeout', detail })
      }
    }
    this.#sessions.closeIdle()
  }

  /** Takes this server's secrets out of what it said. */
  redact(bytes: Buffer): Buffer {
    return this.#connector.redact(bytes)
  }

  closeSession(key: string): Promise<void> {
    return this.#sessions.close(key)
  }

  /** Takes no more calls; resolves when the last one has ended. */
  async retire(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#retired = resolve
      this.#settleRetirement()
    })
    await this.close()
  }

  /** Ends everything at once; resolves when nothing is left. */
  async close(): Promise<void> {
    await Promise.all([this.listing.close(), this.#sessions.closeAll()])
    await this.#connector.close()
  }

  describe(): ServerStatus {
    const { lists } = this.catalogue ?? {}
    const { state, failure, since } = this.listing
    return {
      name: this.name,
      type: this.server.type,
      state,
      reason: failure
        ? `${describeFailure(this.name, failure.kind)} (${failure.detail})`
        : null,
      since: new Date(since).toISOString(),
      tools: lists?.tools.length ?? 0,
      prompts: lists?.prompts.length ?? 0,
      resources:
        (lists?.resources.length ?? 0) + (lists?.templates.length ?? 0),
      sessions: this.#sessions.size,
      inFlight: this.#running.size,
    }
  }

  #start(running: Running): void {
    this.#running.add(running)
    const held = this.#sessions.hold(running.call.key)
    if ('kind' in held) return this.#fail(running, held)
    if (held.open) return this.#send(running, held.session)
    held.ready.then(
      () => this.#send(running, held.session),
      (failure: Failure) => this.#fail(running, failure),
    )
  }

  #send(running: Running, session: Session): void {
    if (!this.#running.has(running)) return
    running.session = session
    const { call } = running
    running.id = session.call((id) => call.write(id), {
      progress: (message) => {
        running.lastHeard = this.#context.clock.monotonic()
        call.progress(message)
      },
      answer: (message) => {
        if (this.#release(running)) call.answer(message)
      },
      failed: (failure) => this.#failOrRetry(running, failure),
    })
  }

  /** A session that the server has forgotten ran nothing: once more, with a
   * new one (design §6). */
  #failOrRetry(running: Running, failure: Failure): void {
    if (failure.kind === 'session' && running.tries++ === 0) {
      if (!this.#running.has(running)) return
      this.#sessions.forget(running.call.key, running.session)
      return this.#start(running)
    }
    this.#fail(running, failure)
  }

  #fail(running: Running, failure: Failure): void {
    if (failure.kind === 'unreachable' || failure.kind === 'session') {
      this.listing.recheck()
    }
    if (this.#release(running)) running.call.failed(failure)
  }

  /** True when the call was still under way. */
  #stop(running: Running, reason: string): boolean {
    const at = this.#waiting.indexOf(running)
    if (at !== -1) {
      this.#waiting.splice(at, 1)
      return true
    }
    if (!this.#running.has(running)) return false
    running.session?.cancel(running.id, reason)
    return this.#release(running)
  }

  #release(running: Running): boolean {
    if (!this.#running.delete(running)) return false
    this.#sessions.touch(running.call.key)
    const next = this.#waiting.shift()
    if (next) this.#start(next)
    this.#settleRetirement()
    return true
  }

  #settleRetirement(): void {
    if (this.#running.size === 0) this.#retired?.()
  }
}

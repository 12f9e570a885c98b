// One client request on its way through the serve journey.
// In: nothing. Out: the types that the stages pass on.
// INVARIANT: a request keeps the routing it began with; authorize and limit make
// what they find of it once.

import type { Server } from '../contract/table.ts'
import type { Routing } from './catalog/routing.ts'
import type { Principal, Use } from './catalog/view.ts'
import type { Answer } from './http/answer.ts'
import type { Head } from './http/head.ts'
import type { ClientSession } from './http/sessions.ts'
import type { Client } from './message/client-info.ts'
import type { Message } from './message/message.ts'
import type { Era } from './message/methods.ts'

/** What is known once it is read. */
export interface Request {
  readonly requestId: string
  readonly routing: Routing
  readonly principal: Principal
  readonly message: Message
  readonly method: string
  readonly era: Era
  readonly protocol: string
  readonly client: Client
  /** The legacy session it belongs to. */
  readonly session: ClientSession | null
  /** Client, conversation and protocol, rendered for the audit. */
  readonly origin: string
  /** Id of its trace: the client's, or its own while calls are traced. */
  readonly trace: string | null
  /** Undefined: it is not traced. */
  readonly span: Span | undefined
  readonly head: Head
  readonly ip: string
  readonly bytesIn: number
  /** Monotonic milliseconds. */
  readonly began: number
  readonly answer: Answer
}

/** What a request is for. */
export interface Named {
  readonly use?: Use | undefined
  /** As its client named it, where no use is known. */
  readonly asked?: string
}

/** What an admitted call goes on with. */
export interface Granted {
  /** What a server's `requestState` held, where the client brought one. */
  readonly state: Sealed | undefined
  /** Of the call that it comes back for. */
  readonly ticket: string | undefined
  /** Of a method of tasks: the one that it names. */
  readonly task: Task | undefined
  readonly admission: Admission
}

/** A request, and what the stages make of it. */
export interface Exchange extends Request {
  /** Made by authorize. */
  named: Named
  /** Made by limit. */
  granted: Granted | undefined
  /** Set while the call is with a server. */
  relay: Cancellable | undefined
  /** It was ended before it got there. */
  ended: { reason: CancelReason; final: LastWords | undefined } | undefined
  /** What all its audit records share, once rendered. */
  fragment: string | undefined
  /** Its place among the calls under way. */
  slot: number
}

/** Why a call under way ends early. */
export type CancelReason = 'client' | 'revoked' | 'shutdown'

/** What a client is told of a call that ends early. */
export interface LastWords {
  readonly status: number
  readonly body: Buffer
}

/** A call with a server, or a stream. */
export interface Cancellable {
  /** Ends it early; without `final` the client is told nothing. */
  cancel(reason: CancelReason, final?: LastWords): void
}

export interface Admission {
  /** Limits in `warn` mode that would have refused. */
  readonly warned: readonly string[]
  /** Frees what `concurrent` holds; call it once, when the call ends. */
  release(): void
}

/** What a seal holds. `round` and `args` are those of the call that it was
 * given for: how often it came back, and the digest of its arguments. */
export interface Sealed {
  /** Null where the server gave none. */
  readonly inner: string | null
  readonly round: number
  readonly args: string
}

export interface Task {
  readonly server: string
  /** The tool's upstream name. */
  readonly tool: string
  /** As its server knows it. */
  readonly id: string
}

/** A call's own place in its trace. */
export interface Span {
  readonly traceId: string
  /** The first time counts. */
  end(exchange: Exchange, verdict: string, durationMs: number): void
  startHop(exchange: Exchange, use: Use, server: Server): Hop
}

/** A call on its way to a server, once: a retry is another. */
export interface Hop {
  /** What the server is told. */
  readonly traceparent: string
  /** The first time counts. */
  end(verdict: string): void
}

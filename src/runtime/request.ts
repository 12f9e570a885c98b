// The types that the stages of a request pass on, and what they remember.
// INVARIANT: a request keeps its routing; authorize sets `named` once and limit
// sets `granted` once.

import type { Server } from '../contract/table.ts'
import type { NamedLimit } from '../table/limit.ts'
import type { Routing } from './catalog/routing.ts'
import type { Principal, Use } from './catalog/view.ts'
import type { Answer } from './http/answer.ts'
import type { ClientMemo, Head, HeadForm } from './http/request-response.ts'
import type { ClientSession } from './http/sessions.ts'
import type { Client } from './message/client-info.ts'
import type { Message } from './message/message.ts'
import type { Era } from './message/methods.ts'
import type { Caller, CallerMemo, NamedCaller } from './upstream/caller.ts'

/** A request after its message was read. Nothing in it changes. */
export interface Request {
  readonly requestId: string
  readonly routing: Routing
  readonly principal: Principal
  readonly message: Message
  readonly method: string
  readonly era: Era
  readonly protocol: string
  readonly client: Client
  /** The legacy session that the request belongs to. */
  readonly session: ClientSession | null
  /** Client, conversation and protocol, rendered for the audit record. */
  readonly origin: string
  /** Trace id: from the client, or from the gateway while it traces calls. */
  readonly trace: string | null
  /** Undefined where the request is not traced. */
  readonly span: Span | undefined
  readonly head: Head
  readonly memo: StageMemo | undefined
  readonly ip: string
  readonly bytesIn: number
  /** Monotonic milliseconds. */
  readonly began: number
  readonly answer: Answer
  /** How long it waited for servers that were starting (stages/first-lists.ts). */
  readonly heldMs: number
}

/** The results of stages for one head (http/request-response.ts). */
export interface StageMemo extends CallerMemo, ClientMemo {
  /** Of the authenticate stage. */
  routing?: Routing
  principal?: Principal
  /** Exchange.origin of a request without a session. */
  origin?: {
    readonly client: Client
    readonly protocol: string
    readonly conversation: string | undefined
    readonly principal: Principal
    readonly text: string
  }
  /** The envelope that a legacy client's calls get. */
  envelope?: {
    readonly caller: Caller
    readonly client: Client
    readonly level: string | undefined
    readonly text: string
  }
  /** Of the uses of late. */
  calls?: Map<Use, Repeated>
}

/** What requests with equal heads share, whichever their connections. */
export interface SharedMemo extends StageMemo {
  readonly form: HeadForm
}

/** Results of the calls that a limit counts. */
export interface LimitTally {
  admitted: number
  refused: number
  /** Calls that a limit in `warn` mode would have refused. */
  warned: number
}

/** What a limit counts of a caller (stages/limit.ts). */
export interface Bucket {
  readonly name: string
  /** Theoretical arrival time, monotonic milliseconds. */
  arrival: number
  inFlight: number
  /** Of its limit, when it has counted a call. */
  tally: LimitTally | undefined
  /** It was full again: its limiter does not know it any more. */
  isGone: boolean
}

/** What the calls of one client and tool share. */
export interface Repeated {
  readonly principal: Principal
  readonly origin: string
  readonly method: string
  readonly routing: Routing
  /** The bytes of audit records from the request id to the trace. */
  readonly caller: Buffer
  /** The same, up to the number of bytes, where there is no trace. */
  readonly untraced: Buffer
  /** From there to the decision, and on in an intent and in an outcome. */
  readonly table: Buffer
  readonly intent: Buffer
  readonly outcome: Buffer
  /** The parts of the keys of its buckets. */
  owner: BucketOwner | undefined
}

/** The parts of a bucket's key (stages/limit.ts). */
export interface BucketOwner {
  readonly token: string
  readonly subject: string
  readonly team: string
  readonly tool: string
  /** Its buckets of the limits that it met last. */
  known?: {
    readonly limits: readonly NamedLimit[]
    readonly buckets: readonly Bucket[]
  }
}

export function memoOf({ memo }: Pick<Head, 'memo'>): StageMemo | undefined {
  return memo?.stages
}

/** The tool, prompt or resource that a request names. */
export interface Named {
  readonly use?: Use | undefined
  /** The name as the client wrote it, where no `use` was found. */
  readonly requestedName?: string
}

/** The result of the limit stage for an admitted call. */
interface Granted {
  /** The opened `requestState` of the client, if it sent one. */
  readonly state: Sealed | undefined
  /** Id of the pending question that this request answers. */
  readonly ticket: string | undefined
  /** The task that a method of tasks names. */
  readonly task: Task | undefined
  readonly admission: Admission
}

/** A request and the results of its stages. */
export interface Exchange extends Request {
  /** Set by the authorize stage. */
  named: Named
  /** How its server knows who asks (upstream/caller.ts). */
  asking: NamedCaller | undefined
  /** Set by the limit stage. */
  granted: Granted | undefined
  /** Set while a server has the call. */
  relay: Cancellable | undefined
  /** Set when the call was cancelled before its relay began. */
  ended: { reason: CancelReason; final: FinalAnswer | undefined } | undefined
  /** What it shares with others. Asked for once `named` is set. */
  repeated: Repeated | undefined
  /** Index in the set of in-flight calls. */
  slot: number
}

/** Why an in-flight call ends early. */
export type CancelReason = 'client' | 'revoked' | 'shutdown'

/** The answer to a call that ends early. */
export interface FinalAnswer {
  readonly status: number
  readonly body: Buffer
}

/** A relayed call or a stream. */
interface Cancellable {
  /** Ends it early. Without `final` the client gets no message. */
  cancel(reason: CancelReason, final?: FinalAnswer): void
}

export interface Admission {
  /** Limits in `warn` mode that would have refused. */
  readonly warned: readonly string[]
  /** Frees the slots of `concurrent` limits. Call it when the call ends. */
  release(): void
}

/** The content of a sealed state. `round` counts how often the client came
 * back; `args` is the digest of the call's arguments. */
export interface Sealed {
  /** The server's own state; null if it sent none. */
  readonly inner: string | null
  readonly round: number
  readonly args: string
}

export interface Task {
  readonly server: string
  /** The tool's upstream name. */
  readonly tool: string
  /** The id that the server gave the task. */
  readonly id: string
}

/** The span of a call in its trace. */
export interface Span {
  readonly traceId: string
  /** Only the first call has an effect. */
  end(exchange: Exchange, verdict: string, durationMs: number): void
  startHop(exchange: Exchange, use: Use, server: Server): Hop
}

/** One attempt to send a call to a server. A retry is another hop. */
export interface Hop {
  /** The `traceparent` that the server receives. */
  readonly traceparent: string
  /** Only the first call has an effect. */
  end(verdict: string): void
}

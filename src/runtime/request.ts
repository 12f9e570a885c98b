// One client request on its way through the serve journey.
// In: nothing. Out: the types that the stages pass on.
// INVARIANT: an exchange keeps the routing it began with; what is not
// readonly is filled in on the way, each once.

import type { TokenRecord } from '../contract/table.ts'
import type { Grantee, Kind } from '../table/decide.ts'
import type { Routing } from './catalog/routing.ts'
import type { View } from './catalog/view.ts'
import type { Span } from './control/traces/tracer.ts'
import type { Answer } from './http/answer.ts'
import type { Head } from './http/head.ts'
import type { ClientSession } from './http/sessions.ts'
import type { Client } from './message/client-info.ts'
import type { Message } from './message/message.ts'
import type { Era } from './message/methods.ts'
import type { Relay } from './relay/relay.ts'
import type { Sealed } from './relay/seal.ts'
import type { Task } from './relay/tasks.ts'
import type { LastWords } from './stages/cancel.ts'
import type { Admission } from './stages/limit.ts'

/** Who is asking, as one routing sees them. */
export interface Principal {
  readonly token: TokenRecord
  readonly grantee: Grantee
  readonly view: View
  /** The first token of those that replaced each other. */
  readonly lineage: string
  /** The audit fields that name them, rendered. */
  readonly fragment: string
}

/** What a call wants, resolved: never the exposed name alone. */
export interface Use {
  readonly kind: Kind
  readonly server: string
  readonly name: string
  readonly exposed: string
  /** Rendered for the audit, with the rule that judged it. */
  readonly fragment: string
}

export interface Exchange {
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
  /** Client, conversation and protocol, rendered for the audit; `initialize`
   * begins a new one. */
  origin: string
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
  use: Use | undefined
  /** What nothing is known by, as the client named it. */
  asked: string | undefined
  /** What a server's `requestState` held, where the client brought one. */
  state: Sealed | undefined
  /** Of a method of tasks: the one that it names. */
  task: Task | undefined
  /** Of the call that it comes back for. */
  ticket: string | undefined
  admission: Admission | undefined
  /** Set while the call is with a server. */
  relay: Pick<Relay, 'cancel'> | undefined
  /** It was ended before it got there. */
  ended: { reason: CancelReason; final: LastWords | undefined } | undefined
  /** What all its audit records share, once rendered. */
  fragment: string | undefined
  /** Its place among the calls under way. */
  slot: number
}

/** Why a call under way ends early. */
export type CancelReason = 'client' | 'revoked' | 'shutdown'

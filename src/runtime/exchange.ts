// One client request on its way through the serve journey.
// In: nothing. Out: the types that the stages pass on.
// INVARIANT: an exchange keeps the routing it began with; what is not
// readonly is filled in on the way, each once.

import type { AuditRule } from '../contract/audit.ts'
import type { TokenRecord } from '../contract/table.ts'
import type { Grantee, Kind } from '../table/decide.ts'
import type { Answer } from './edge/answer.ts'
import type { Message } from './edge/message.ts'
import type { ClientSession } from './edge/sessions.ts'
import type { Admission } from './limit.ts'
import type { Routing } from './routing.ts'
import type { View } from './view.ts'

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

/** What the client calls itself; display and audit only. */
export interface Client {
  readonly name: string
  readonly version: string
  /** Rendered for the audit: an object, or `null`. */
  readonly fragment: string
}

export type Era = 'legacy' | 'modern'

/** What a call wants, resolved: never the exposed name alone. */
export interface Use {
  readonly kind: Kind
  readonly server: string
  readonly name: string
  readonly exposed: string
  readonly rule: AuditRule | null
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
  /** Names the conversation in the audit; `initialize` begins a new one. */
  conversation: string
  readonly trace: string | null
  readonly ip: string
  readonly bytesIn: number
  /** Monotonic milliseconds. */
  readonly began: number
  readonly answer: Answer
  use?: Use
  admission?: Admission
  /** Ends the upstream call; set while one is under way. */
  cancel?: Cancel
  auditFragment?: string
}

/** Why a call under way ends early. */
export type CancelReason = 'client' | 'revoked' | 'shutdown'

/** Ends a call under way; without `final` the client is told nothing. */
export type Cancel = (
  reason: CancelReason,
  final?: { readonly status: number; readonly body: Buffer },
) => void

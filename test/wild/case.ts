// One case of the corpus of odd servers and clients: what they send, and what
// must come of it. Every file of test/wild that exports `CASES` is run.
// In: nothing. Out: the types of a case and of the world that it runs in.

import type { AuditRecord } from '../../src/contract/audit.ts'
import type { Status } from '../../src/contract/status.ts'
import type { ClientKind, Connected } from '../harness/served.ts'
import type { WireAnswer, WireRequest } from '../harness/wire.ts'

/** What an odd server sends in answer to one request. */
export interface OddReply {
  /** HTTP status; 200 when absent, 202 for a notification. Over stdio the
   * program ends with this code after its answer. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** `body` is sent as it is; `result`, `error` and `message` become JSON-RPC
   * with the id of the request (`message` is the whole answer, id included).
   * `$id` in the text of `body` and `events`, and the text `"$id"` as a member
   * of `message`, stand for the id of the request. */
  readonly body?: string | Buffer
  readonly result?: unknown
  readonly error?: unknown
  readonly message?: unknown
  /** Sent as server-sent events: one string of raw text for each write. */
  readonly events?: readonly string[]
  /** Milliseconds before the answer. */
  readonly after?: number
  /** Keep the connection open after what was written. */
  readonly hold?: boolean
}

/** One request as an odd server saw it. */
export interface OddRequest {
  readonly http: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** JSON-RPC method; undefined for answers, GET and DELETE. */
  readonly method: string | undefined
  readonly id: unknown
  readonly params: Readonly<Record<string, unknown>> | undefined
  readonly body: string
}

/** A list is sent in turn, its last reply for all later requests. `count` is
 * how many requests of that method came, this one included; undefined leaves
 * the answer to the plain server. */
export type OddAnswer =
  | OddReply
  | readonly OddReply[]
  | ((request: OddRequest, count: number) => OddReply | undefined)

/** A server over HTTP or stdio. What it does not answer by itself is answered
 * as a plain server would: session, one tool `echo`, empty lists. */
export interface OddServer {
  readonly transport?: 'http' | 'stdio'
  /** `legacy`: sessions of 2025-11-25; `modern`: stateless 2026-07-28. */
  readonly era?: 'legacy' | 'modern'
  readonly capabilities?: object
  readonly tools?: readonly unknown[]
  /** JSON-RPC method, `GET`, `DELETE`, or `*` for all others → its answer. A
   * stdio server cannot have functions here. */
  readonly answers?: Readonly<Record<string, OddAnswer>>
  /** A whole stdio program in CommonJS, in place of all of the above. */
  readonly program?: string
  /** Members of this server in the config, beside its address. */
  readonly config?: object
}

export interface OddSeen {
  /** '' for stdio. */
  readonly url: string
  /** All that came, in order; of a `program` nothing is known. */
  readonly requests: readonly OddRequest[]
  /** Processes that were started for it; 0 for HTTP. */
  readonly starts: number
  /** How many answers are held open, over HTTP. */
  readonly open: number
  /** Writes one event with this JSON-RPC message to every answer that is held
   * open as an event stream, over HTTP. */
  say(message: object): void
}

/** A JSON-RPC answer, as a client parses it. */
export interface Answer {
  readonly result?: {
    readonly content?: readonly { readonly text?: string }[]
    readonly isError?: boolean
    readonly [member: string]: unknown
  }
  readonly error?: { readonly code: number; readonly message: string }
}

/** A gateway in front of the servers of one case, and clients of it. */
export interface World {
  /** The endpoint. */
  readonly url: string
  /** The folder of the config, the audit and the key. */
  readonly folder: string
  /** A token that may do everything. */
  readonly token: string
  readonly servers: Readonly<Record<string, OddSeen>>
  /** Any HTTP request to the endpoint, token included unless given. */
  send(request: WireRequest): Promise<WireAnswer>
  /** One stateless request of 2026-07-28. */
  post(method: string, params: object): Promise<WireAnswer>
  /** `tools/call` as a stateless request; the parsed answer. */
  call(name: string, args?: object): Promise<Answer>
  connect(kind: ClientKind): Promise<Connected>
  status(): Promise<Status>
  records(): readonly AuditRecord[]
  /** The gateway's log, a parsed line each. */
  log(): readonly Readonly<Record<string, unknown>>[]
  /** Moves the clocks of the gateway, which times to live and limits are
   * measured by; timers that run already keep their time. */
  advance(ms: number): Promise<void>
  /** Waits until `test` holds, or fails with `what`. */
  until(test: () => unknown, what: string): Promise<void>
  /** Fails the case. */
  want(condition: unknown, what: string): void
}

export interface WildCase {
  /** Begins with the fault that it belongs to: `W4 a 400 for a session`. */
  readonly id: string
  readonly servers: Readonly<Record<string, OddServer>>
  /** Members of the config beside `servers`; one role that allows everything
   * of every server is there without it. */
  readonly config?: object
  /** Resolves with a figure to show, if there is one; rejects when what must
   * come of it did not. */
  readonly expect: (world: World) => Promise<unknown>
}

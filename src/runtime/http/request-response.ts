// One HTTP request and its response, as the stages use them.
// In: nothing. Out: types, and the names of VARYING.
// INVARIANT: whoever reads the socket, Node's server or ours (fast-connection.ts),
// the stages cannot tell.

import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Listen } from '../../contract/settings.ts'
import type { Client } from '../message/client-info.ts'

export interface HttpRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn; empty where no name stands twice. */
  readonly rawHeaders: readonly string[]
  readonly socket: Pick<Socket, 'remoteAddress'>
  /** Shared by the requests of a connection whose heads are equal, except for
   * the headers in VARYING. */
  readonly memo?: HeadMemo | undefined
  /** The body, where it came with its head. */
  readonly whole?: Buffer | undefined
  /** Calls back once with the body, of the length that the head names; not where
   * its client goes away first. Undefined: it is a stream of Node's. */
  readBody?(done: (body: Buffer) => void): void
}

export interface HttpResponse {
  readonly destroyed: boolean
  readonly headersSent: boolean
  readonly writableLength: number
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  readonly socket: Pick<Socket, 'setTimeout'> | null
  writeHead(status: number, headers?: Record<string, string | number>): unknown
  /** As `writeHead`, where the connection is kept; each line with its end.
   * `isStream`: the body has no length. */
  writeLines?(status: number, lines: string, isStream?: boolean): void
  /** The whole of a good answer in JSON, with these lines and the id of its
   * request; false where it must be written otherwise. */
  endMessage?(lines: string, id: string, message: Buffer): boolean
  /** Between the two, what is written leaves together. A response of ours
   * gathers what is written in one turn anyway. */
  cork?(): void
  uncork?(): void
  write(chunk: string | Buffer): unknown
  end(chunk?: string | Buffer, encoding?: BufferEncoding): unknown
  destroy(): unknown
  on(event: 'close' | 'drain', listener: () => void): unknown
  writeContinue(): void
}

/** Headers that differ between calls of one client. */
export const VARYING = ['content-length', 'mcp-name', 'traceparent'] as const

/** The checked head of a request. */
export interface Head {
  readonly method: 'POST' | 'GET' | 'DELETE' | 'OPTIONS'
  readonly authorization: string | undefined
  /** An allowed Origin, for CORS. */
  readonly origin: string | undefined
  readonly streams: boolean
  /** `Accept` names text/event-stream first. */
  readonly prefersStream: boolean
  readonly session: string | undefined
  readonly version: string | undefined
  /** The event after which a stream continues; only of a GET. */
  readonly lastEventId: string | undefined
  readonly mcpMethod: string | undefined
  readonly mcpName: string | undefined
  readonly traceparent: string | undefined
  /** All headers, for arguments that a tool mirrors in headers. */
  readonly headers: IncomingHttpHeaders
  readonly ip: string
  readonly memo: HeadMemo | undefined
}

/** What was concluded from a head, for the next request with the same one.
 * Whoever uses a conclusion compares all that it depends on beside the head. */
export interface HeadMemo {
  /** The same for equal heads. */
  form: HeadForm
  /** Of the head stage. */
  listen?: Listen
  head?: Head
  /** Of later stages; request.ts has its type. The authenticate stage may give it
   * to other connections too. */
  stages: ClientMemo
}

/** The bytes around the values that vary. */
export interface HeadForm {
  /** One more than there are names. */
  readonly parts: readonly Buffer[]
  /** Of VARYING, in the order of the head. */
  readonly names: readonly string[]
}

/** Of the era stage. */
export interface ClientMemo {
  /** As it was sent. */
  clientInfo?: string
  client?: Client
}

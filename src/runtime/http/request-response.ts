// One HTTP request and its response, as the stages use them.
// In: nothing. Out: types alone.
// INVARIANT: whoever reads the socket, Node's server or ours (fast-connection.ts),
// the stages cannot tell.

import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'

export interface HttpRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn; empty where no name stands twice. */
  readonly rawHeaders: readonly string[]
  readonly socket: Pick<Socket, 'remoteAddress'>
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
  /** Headers by name, or names and values in turn. */
  writeHead(
    status: number,
    headers?: Record<string, string | number> | string[],
  ): unknown
  write(chunk: string | Buffer): unknown
  end(chunk?: string | Buffer, encoding?: BufferEncoding): unknown
  destroy(): unknown
  on(event: 'close' | 'drain', listener: () => void): unknown
  writeContinue(): void
}

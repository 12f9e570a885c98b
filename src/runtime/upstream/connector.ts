// Opens sessions with one server, over the wire that its config names.
// In: a server of the table. Out: sessions in their handshake.
// INVARIANT: secrets are read anew for each session; their values are kept to
// be sent, and to be taken out of what a server says.

import { resolve } from 'node:path'
import { Pool } from 'undici'
import type {
  HttpServer,
  Server,
  StdioServer,
  Value,
} from '../../contract/table.ts'
import type { Clock } from '../clock.ts'
import {
  MissingSecret,
  resolveValues,
  type SecretSource,
} from '../secrets/resolve.ts'
import type { Failure } from './failure.ts'
import { HttpTransport } from './http.ts'
import { type Greeting, Session, type SessionOptions } from './session.ts'
import { StdioTransport } from './stdio.ts'
import type { Transport, TransportEvents } from './transport.ts'
import type { Watchdog } from './watchdog.ts'

export interface UpstreamContext {
  readonly clock: Clock
  readonly secrets: SecretSource
  readonly watchdog: Watchdog
  readonly caps: { readonly message: number; readonly depth: number }
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** What a server says outside the protocol, for the gateway's log. */
  note(server: string, line: string): void
}

export interface Opening {
  readonly session: Session
  /** Rejects with a Failure. */
  readonly ready: Promise<Greeting>
}

/** A handshake that takes longer has failed. */
const HANDSHAKE_MS = 30_000

const LAST_WORDS_MS = 1_000

export class Connector {
  readonly #name: string
  readonly #server: Server
  readonly #context: UpstreamContext
  readonly #values = new Set<string>()
  #pool: Pool | undefined

  constructor(name: string, server: Server, context: UpstreamContext) {
    this.#name = name
    this.#server = server
    this.#context = context
  }

  open(
    options: Pick<SessionOptions, 'capabilities' | 'notified' | 'closed'>,
  ): Opening | Failure {
    const { caps, clientInfo } = this.#context
    try {
      const session = new Session({
        ...options,
        clientInfo,
        depth: caps.depth,
        connect: (events) => this.#connect(events),
      })
      return { session, ready: withDeadline(session) }
    } catch (error) {
      if (!(error instanceof MissingSecret)) throw error
      return { kind: 'secret', detail: error.message }
    }
  }

  /** Replaces every secret value that this server was given. */
  redact(bytes: Buffer): Buffer {
    let text = bytes.toString()
    for (const value of this.#values) {
      text = text.replaceAll(JSON.stringify(value).slice(1, -1), '[redacted]')
    }
    return Buffer.from(text)
  }

  /** Lets what is still being sent go out, but not for long. */
  async close(): Promise<void> {
    const pool = this.#pool
    if (!pool) return
    const timer = setTimeout(() => void pool.destroy(), LAST_WORDS_MS)
    await pool.close().catch(() => {})
    clearTimeout(timer)
  }

  #resolve(values: Readonly<Record<string, Value>>): Record<string, string> {
    const { secrets } = this.#context
    const resolved = resolveValues(values, secrets)
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string') continue
      const text = resolved[name] as string
      this.#values.add(text)
      // `Bearer x` may be quoted without its scheme.
      this.#values.add(text.replace(/^(?:Bearer|Basic) /, ''))
    }
    return resolved
  }

  #connect(events: TransportEvents): Transport {
    const server = this.#server
    return server.type === 'http'
      ? this.#connectHttp(server, events)
      : this.#connectStdio(server, events)
  }

  #connectHttp(server: HttpServer, events: TransportEvents): Transport {
    const { caps } = this.#context
    const url = new URL(server.url)
    const headers = this.#resolve(server.headers)
    this.#pool ??= new Pool(url.origin, { pipelining: 1 })
    const path = url.pathname + url.search
    const endpoint = { pool: this.#pool, path, headers }
    return new HttpTransport(endpoint, caps.message, events)
  }

  #connectStdio(server: StdioServer, events: TransportEvents): Transport {
    const { secrets, caps, watchdog, note } = this.#context
    const isPath = server.command.includes('/')
    return new StdioTransport(
      {
        command: isPath
          ? resolve(secrets.root, server.command)
          : server.command,
        args: server.args,
        env: this.#resolve(server.env),
        cwd: resolve(secrets.root, server.cwd),
      },
      caps.message,
      watchdog,
      events,
      (line) => note(this.#name, line),
    )
  }
}

function withDeadline(session: Session): Promise<Greeting> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const detail = 'the handshake took too long'
    timer = setTimeout(
      () => reject({ kind: 'timeout', detail } satisfies Failure),
      HANDSHAKE_MS,
    )
  })
  const ready = Promise.race([session.open(), late])
  return ready.finally(() => clearTimeout(timer))
}

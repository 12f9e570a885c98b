// Opens sessions with one server over its transport.
// INVARIANT: secrets are resolved for each session; their values are only sent
// to the server, and removed from its texts.

import { resolve } from 'node:path'
import type { HttpServer, Server, StdioServer } from '../../contract/table.ts'
import { formatWritten, refOf, showReference } from '../../table/references.ts'
import type { Capabilities } from '../message/capabilities.ts'
import { MessageReader } from '../message/message.ts'
import type { Credential } from '../oauth/credential.ts'
import type { SignedServer } from '../oauth/signed-server.ts'
import { MissingSecret } from '../secrets/resolve.ts'
import { findAccount } from './account.ts'
import { findCommand } from './command.ts'
import type { UpstreamContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { describeMissing, type Failure, formatMs } from './failure.ts'
import type { Handshake } from './handshake.ts'
import { Connections } from './http1/connections.ts'
import { FallbackTransport } from './http1/fallback.ts'
import { HttpTransport } from './http1/http.ts'
import { findUnsendable } from './http1/request.ts'
import { Identity } from './identity.ts'
import { LastWords } from './last-words.ts'
import { LateTransport } from './late.ts'
import { Leaving } from './leaving.ts'
import { Eras } from './negotiate.ts'
import { ServerPath } from './server-path.ts'
import { ServerSecrets } from './server-secrets.ts'
import { MAX_DETAIL, Session } from './session.ts'
import type { OwnOptions, SessionOptions } from './session-options.ts'
import { SseTransport } from './sse.ts'
import { StdioTransport } from './stdio.ts'
import type { Transport, TransportEvents } from './transport.ts'

export interface Opening {
  readonly session: Session
  /** Rejects with a Failure. */
  readonly ready: Promise<Handshake>
}

/** How long to wait for a stream: some open at the first message. */
const STREAM_MS = 1_000

/** Bytes of a line on stderr that are logged. */
const MAX_LINE = 2_000

/** Of what it said, in a reason. */
const MAX_SAID = 200

/** After a start that took too long, the limit is doubled, up to this. */
const LONGEST_START_MS = 600_000

export class Connector {
  /** Messages of all sessions that matched no request. */
  strays = 0
  readonly name: string
  readonly server: Server
  readonly #context: UpstreamContext
  readonly #reader = new MessageReader()
  readonly #secrets: ServerSecrets
  /** The stderr of its last program, without secrets. */
  #words = new LastWords()
  /** The headers of the last session, as JSON. */
  #sentHeaders = ''
  /** The current time limit of a handshake. */
  #startMs: number
  #connections: Connections | undefined
  /** Only for a server over HTTP. */
  #leaving: Leaving | undefined
  #serverPath: ServerPath | undefined
  readonly #eras: Eras
  /** The HTTP transport of the server; undefined while it is not known. */
  #wire: 'streamable' | 'sse' | undefined
  #attributes: boolean
  #opensLate = false
  readonly identity: Identity

  constructor(name: string, server: Server, context: UpstreamContext) {
    this.name = name
    this.server = server
    this.#context = context
    this.#startMs = server.startupTimeout
    this.#secrets = new ServerSecrets(server, context.secrets)
    this.identity = new Identity(
      server,
      (own) => this.#describeServer(own),
      context,
    )
    const usesProbe = server.type === 'stdio'
    this.#attributes = !usesProbe
    this.#eras = new Eras(
      usesProbe ? (waitMs) => this.#probe(waitMs) : undefined,
    )
  }

  open(
    options: Pick<
      SessionOptions,
      'onNotification' | 'onRequest' | 'closed' | 'prefers'
    > & {
      readonly capabilities: Capabilities
      /** The person whose account the server sees. */
      readonly subject?: string | undefined
    },
  ): Opening | Failure {
    const { clientInfo } = this.#context
    const { capabilities, subject, ...events } = options
    const closed = (failure: Failure) => {
      this.#secrets.doubt()
      events.closed(failure)
    }
    const declared = { capabilities, clientInfo }
    const connect = (events: TransportEvents) => this.#connect(events, subject)
    try {
      const session = this.#makeSession(
        { ...events, closed, declared, connect },
        this.#eras,
      )
      return { session, ready: this.#await(session) }
    } catch (error) {
      return this.#secrets.clean(describeMissing(error as Error))
    }
  }

  /** The names of the secrets that a server may have refused. */
  get credentials(): string {
    const { server } = this
    const signedIn = this.identity.describe()
    if (signedIn !== null) return signedIn
    const values = server.type === 'http' ? server.headers : {}
    const named = Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string'
        ? []
        : [`header ${name} from ${showReference(refOf(value))}`],
    )
    return named.length === 0
      ? 'no header of it holds a secret'
      : named.join(', ')
  }

  /** What the program that started last said on stderr. */
  get lastWords(): string {
    return this.#words.text
  }

  /** Whether secrets have changed since they were sent. */
  hasNewSecrets(): boolean {
    const { server } = this
    // Over Streamable HTTP the transport has tried again itself.
    if (this.identity.hasTokens) return this.#wire === 'sse'
    if (server.type !== 'http' || this.#sentHeaders === '') return false
    // Their programs run before the next session.
    if (this.#secrets.doubt()) return true
    try {
      return (
        JSON.stringify(this.#secrets.resolve(server.headers)) !==
        this.#sentHeaders
      )
    } catch {
      return false
    }
  }

  /** Whether the server is known to support only the legacy era. */
  get isLegacy(): boolean {
    return this.#wire === 'sse' || this.#eras.isLegacy
  }

  /** Whether a message of the server says to which request it belongs. */
  get attributes(): boolean {
    return this.#attributes
  }

  /** Waits for the stream of a session to open. Some servers send its head with
   * the first message: after one late stream, it waits no more. */
  async awaitStream(open: Promise<void>): Promise<void> {
    if (this.#opensLate) return
    try {
      await withDeadline(open, STREAM_MS, 'its stream')
    } catch {
      this.#opensLate = true
    }
  }

  /** Forgets eras, transport and redirects before a new session of the catalog. */
  forget(): void {
    this.#eras.forget()
    this.#wire = undefined
    this.#opensLate = false
    this.#serverPath?.reset()
  }

  /** The URL of a redirect, without its query. */
  get movedTo(): string | undefined {
    const { server } = this
    if (server.type !== 'http' || !this.#serverPath?.moved) return undefined
    const literal = formatWritten(server.url, () => 'x')
    const { origin, pathname } = new URL(this.#serverPath.path, literal)
    return this.#secrets.tell(origin + pathname)
  }

  /** Waits for the handshake: a program may be downloaded first, or start
   * slowly. */
  async #await(session: Session): Promise<Handshake> {
    const ms = this.#startMs
    const setting = `startupTimeout (${formatMs(ms)})`
    const detail = 'it did not answer the handshake in time'
    try {
      const handshake = await withDeadline(this.#negotiate(session), ms, detail)
      this.#startMs = this.server.startupTimeout
      return handshake
    } catch (thrown) {
      const failure = thrown as Failure
      this.#secrets.doubt()
      if (failure.detail !== detail) throw this.#secrets.clean(failure)
      const longest = Math.max(LONGEST_START_MS, this.server.startupTimeout)
      this.#startMs = Math.max(this.#startMs, Math.min(2 * ms, longest))
      const said = this.lastWords.slice(0, MAX_SAID)
      const told = said === '' ? detail : `${detail}; it says: ${said}`
      throw { kind: 'starting', detail: told, setting } satisfies Failure
    }
  }

  async #negotiate(session: Session): Promise<Handshake> {
    const handshake = await session.open()
    this.#wire ??= 'streamable'
    return handshake
  }

  #makeSession(options: OwnOptions, eras: Eras): Session {
    const { declared, prefers, connect, closed } = options
    // Each member by name: a spread has a shape of its own for each session, and
    // what reads many shapes is slow.
    return new Session({
      declared,
      prefers,
      connect,
      closed,
      onNotification: options.onNotification,
      onRequest: options.onRequest,
      eras,
      depth: this.#context.caps.depth,
      reader: this.#reader,
      tell: (text, most) => this.#secrets.tell(text, most),
      onDropped: (count) => {
        this.strays += count
      },
      flooded: (messages) => this.#context.flooded(this.name, messages),
    })
  }

  /** Some programs exit at an unknown first message, so a second process is
   * asked, and closed (basic/versioning). */
  async #probe(waitMs: number): Promise<boolean> {
    const { clientInfo } = this.#context
    const declared = { capabilities: {}, clientInfo }
    const noEvents = { onNotification() {}, onRequest() {}, closed() {} }
    const connect = (events: TransportEvents) => this.#connect(events)
    const options = {
      ...noEvents,
      declared,
      connect,
      prefers: 'modern',
    } as const
    const probe = this.#makeSession(options, new Eras(undefined, waitMs))
    try {
      const opened = probe.open()
      const handshake = await withDeadline(opened, 2 * waitMs, 'silence')
      return handshake.era === 'modern'
    } catch {
      return false
    } finally {
      // Does not wait: a program may take long to exit.
      void probe.close()
    }
  }

  /** Removes all secret values of this server from a message. */
  redact(bytes: Buffer): Buffer {
    return this.#secrets.redact(bytes)
  }

  /** Lets requests be sent, for a short time. */
  async close(): Promise<void> {
    this.identity.close()
    await this.#connections?.close()
  }

  #connect(events: TransportEvents, subject?: string): Transport {
    if (this.#secrets.isFresh) return this.#make(events, subject)
    const making = this.#secrets.load().then(() => this.#make(events, subject))
    return new LateTransport(this.#attributes, making, (error) => {
      events.closed(describeMissing(error as Error))
    })
  }

  #make(events: TransportEvents, subject?: string): Transport {
    const server = this.server
    return server.type === 'http'
      ? this.#connectHttp(server, events, this.identity.credentialOf(subject))
      : this.#connectStdio(server, events)
  }

  #connectHttp(
    server: HttpServer,
    events: TransportEvents,
    credential: Credential | undefined,
  ): Transport {
    const { caps, clock } = this.#context
    const headers = this.#secrets.resolve(server.headers)
    this.#sentHeaders = JSON.stringify(headers)
    for (const name of findUnsendable(headers)) {
      throw new MissingSecret(`header ${name} cannot be sent`)
    }
    const url = this.#secrets.resolveUrl(server.url)
    const leaving = this.#findLeaving(server)
    // What is missing is told before a request.
    leaving.findOrigin()
    this.#connections ??= new Connections(() => leaving.findOrigin(), clock)
    this.#serverPath ??= new ServerPath(url)
    const serverPath = this.#serverPath
    const { lender } = this.#context
    const endpoint = {
      lender,
      connections: this.#connections,
      url,
      serverPath,
      headers,
      credential,
    }
    if (this.#wire === 'streamable') {
      return new HttpTransport(endpoint, caps.message, events)
    }
    const Wire = this.#wire === 'sse' ? SseTransport : FallbackTransport
    return new Wire(endpoint, caps.message, events, () => {
      this.#wire = 'sse'
      this.#attributes = false
    })
  }

  #findLeaving(server: HttpServer): Leaving {
    this.#leaving ??= new Leaving(server, this.#context, (text, place) =>
      this.#secrets.hide(text, place),
    )
    return this.#leaving
  }

  /** How requests leave the gateway; null where no proxy is named. */
  get exit(): string | null {
    const { server } = this
    return server.type === 'http' ? this.#findLeaving(server).words : null
  }

  /** What a sign-in needs of its server. */
  #describeServer(server: HttpServer): SignedServer {
    const { clock, secrets } = this.#context
    return {
      name: this.name,
      server,
      clock,
      secrets,
      url: () => this.#secrets.resolveUrl(server.url),
      headers: () => this.#secrets.resolve(server.headers),
      outward: this.#findLeaving(server).outward,
      hide: (text, place, kept) => this.#secrets.hide(text, place, kept),
      unhide: (place) => this.#secrets.unhide(place),
      tell: (text) => this.#secrets.tell(text, MAX_DETAIL),
    }
  }

  #connectStdio(server: StdioServer, events: TransportEvents): Transport {
    const { secrets, caps, watchdog, note } = this.#context
    const words = new LastWords()
    this.#words = words
    const { command, args } = findCommand(server, secrets.root)
    return new StdioTransport(
      {
        command,
        args: [
          ...args,
          ...server.args.map((arg) => this.#secrets.resolveText(arg)),
        ],
        env: this.#secrets.resolve(server.env),
        cwd: resolve(secrets.root, server.cwd),
        account: findAccount(server.user ?? null, server.group ?? null),
      },
      caps.message,
      watchdog,
      events,
      (line) => {
        const told = this.#secrets.tell(line, MAX_LINE)
        words.add(told)
        note(this.name, told)
      },
    )
  }
}

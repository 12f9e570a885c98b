// Opens sessions with one server, over the wire that it has.
// In: a server of the table. Out: sessions in their handshake.
// INVARIANT: secrets are read anew for each session; their values are kept to
// be sent, and to be taken out of what a server says.

import { resolve } from 'node:path'
import type {
  HttpServer,
  Server,
  StdioServer,
  Value,
  Written,
} from '../../contract/table.ts'
import { formatWritten } from '../../table/references.ts'
import type { Clock } from '../base/clock.ts'
import type { Capabilities } from '../message/capabilities.ts'
import type { Message } from '../message/message.ts'
import { Redactor } from '../secrets/redact.ts'
import {
  listSecrets,
  MissingSecret,
  resolveSecret,
  resolveValues,
  resolveWritten,
  type SecretSource,
} from '../secrets/resolve.ts'
import { findAccount } from './account.ts'
import type { Client } from './caller.ts'
import { withDeadline } from './deadline.ts'
import { type Failure, formatMs } from './failure.ts'
import type { Handshake } from './handshake.ts'
import { Connections } from './http1/connections.ts'
import { FallbackTransport } from './http1/fallback.ts'
import { HttpTransport } from './http1/http.ts'
import { readOrigin } from './http1/origin.ts'
import { findUnsendable } from './http1/request.ts'
import { Eras } from './negotiate.ts'
import { Place } from './place.ts'
import { MAX_DETAIL, Session } from './session.ts'
import type { SessionOptions, Subscribed } from './session-options.ts'
import type { Source } from './source.ts'
import { SseTransport } from './sse.ts'
import { StdioTransport } from './stdio.ts'
import type { Transport, TransportEvents } from './transport.ts'
import type { Watchdog } from './watchdog.ts'

export interface UpstreamContext {
  readonly clock: Clock
  readonly secrets: SecretSource
  readonly watchdog: Watchdog
  readonly caps: { readonly message: number; readonly depth: number }
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** What a server says that belongs to no call. `key`: in which session;
   * `client`: the only one that it has. */
  unsolicited(
    source: Source,
    key: string,
    client: Client | undefined,
    message: Message,
  ): void
  /** Whether somebody waits for what such a session says unasked. */
  isWanted(server: string, key: string): boolean
  /** What of it. */
  listWanted(server: string, key: string): Subscribed
  /** What a server says outside the protocol, for the gateway's log. */
  note(server: string, line: string): void
  /** A server says more in a second than is read: so many messages. */
  flooded(server: string, messages: number): void
  /** A server keeps failing, so that calls to it are held back; or it no longer
   * does. */
  failing(server: string, failure: Failure | undefined): void
  /** A server has been starting for a while; `line`: its last on stderr. */
  starting(server: string, line: string): void
  /** A session of some caller lists something else than before. */
  ownChanged(): void
  /** A server came up, or went down and why. */
  turned(server: string, failure: Failure | undefined): void
}

export interface Opening {
  readonly session: Session
  /** Rejects with a Failure. */
  readonly ready: Promise<Handshake>
}

/** A stream that takes longer to open may open at its first message. */
const STREAM_MS = 1_000

/** Bytes of a line on stderr that are told. */
const MAX_LINE = 2_000

/** A start that took too long is given twice the time next, up to here. */
const LONGEST_START_MS = 600_000

export class Connector {
  /** Messages that belonged to nobody, of all its sessions. */
  strays = 0
  readonly name: string
  readonly server: Server
  readonly #context: UpstreamContext
  readonly #redactor = new Redactor()
  /** The last line of its stderr, secrets taken out. */
  lastNote = ''
  /** What its headers were last. */
  #sent = ''
  /** How long a handshake may take now. */
  #startMs: number
  #connections: Connections | undefined
  #place: Place | undefined
  readonly #eras: Eras
  /** Over HTTP; undefined: not known. */
  #wire: 'streamable' | 'sse' | undefined
  #attributes: boolean
  #opensLate = false

  constructor(name: string, server: Server, context: UpstreamContext) {
    this.name = name
    this.server = server
    this.#context = context
    this.#startMs = server.startupTimeout
    const asksSibling = server.type === 'stdio'
    this.#attributes = !asksSibling
    this.#eras = new Eras(
      asksSibling ? (patience) => this.#probe(patience) : undefined,
    )
  }

  open(
    options: Pick<
      SessionOptions,
      'onNotification' | 'onRequest' | 'closed' | 'prefers'
    > & { readonly capabilities: Capabilities },
  ): Opening | Failure {
    const { clientInfo } = this.#context
    const { capabilities, ...told } = options
    const declared = { capabilities, clientInfo }
    try {
      const session = this.#makeSession({ ...told, declared }, this.#eras)
      return { session, ready: this.#await(session) }
    } catch (error) {
      const kind = error instanceof MissingSecret ? 'secret' : 'unreachable'
      return this.#clean({ kind, detail: (error as Error).message })
    }
  }

  /** Which of its secrets a server could refuse, never what they are. */
  get credentials(): string {
    const { server } = this
    const values = server.type === 'http' ? server.headers : {}
    const named = Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string'
        ? []
        : [`header ${name} from ${nameSecret(value)}`],
    )
    return named.length === 0
      ? 'no header of it holds a secret'
      : named.join(', ')
  }

  /** Whether its secrets are others by now than those that were sent. */
  hasNewSecrets(): boolean {
    const { server } = this
    if (server.type !== 'http' || this.#sent === '') return false
    try {
      return JSON.stringify(this.#resolve(server.headers)) !== this.#sent
    } catch {
      return false
    }
  }

  /** Whether it is known to speak the older era alone. */
  get isLegacy(): boolean {
    return this.#wire === 'sse' || this.#eras.isLegacy
  }

  /** Whether what it says tells, in all of its sessions, on whose behalf. */
  get attributes(): boolean {
    return this.#attributes
  }

  /** Waits for the stream of a session to open. Some servers begin it with
   * their first word alone: once one was late, none is waited for. */
  async awaitStream(open: Promise<void>): Promise<void> {
    if (this.#opensLate) return
    try {
      await withDeadline(open, STREAM_MS, 'its stream')
    } catch {
      this.#opensLate = true
    }
  }

  /** For a session of the catalog: what a server speaks is asked anew. */
  forget(): void {
    this.#eras.forget()
    this.#wire = undefined
    this.#opensLate = false
    this.#place?.reset()
  }

  /** The URL that a redirect led to, where one did; without its query. */
  get movedTo(): string | undefined {
    const { server } = this
    if (server.type !== 'http' || !this.#place?.moved) return undefined
    const literal = formatWritten(server.url, () => 'x')
    const { origin, pathname } = new URL(this.#place.path, literal)
    return this.#redactor.redactText(origin + pathname)
  }

  /** A program may have to be downloaded first, and be slow to start each time. */
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
      if (failure.detail !== detail) throw this.#clean(failure)
      const longest = Math.max(LONGEST_START_MS, this.server.startupTimeout)
      this.#startMs = Math.max(this.#startMs, Math.min(2 * ms, longest))
      throw { kind: 'starting', detail, setting } satisfies Failure
    }
  }

  async #negotiate(session: Session): Promise<Handshake> {
    const handshake = await session.open()
    this.#wire ??= 'streamable'
    const said = handshake.instructions
    const instructions = said && this.#redactor.redactText(said)
    return { ...handshake, instructions }
  }

  #makeSession(
    options: Omit<
      SessionOptions,
      'eras' | 'depth' | 'connect' | 'tell' | 'onDropped' | 'flooded'
    >,
    eras: Eras,
  ): Session {
    const { depth } = this.#context.caps
    const connect = (events: TransportEvents) => this.#connect(events)
    const onDropped = (count: number) => {
      this.strays += count
    }
    const flooded = (messages: number) => {
      this.#context.flooded(this.name, messages)
    }
    return new Session({
      ...options,
      eras,
      depth,
      connect,
      tell: (text, most) => this.#redactor.redactText(text, most),
      onDropped,
      flooded,
    })
  }

  /** Some programs end at a first message that they do not know, so a sibling
   * is asked, and let go (basic/versioning). */
  async #probe(patience: number): Promise<boolean> {
    const { clientInfo } = this.#context
    const declared = { capabilities: {}, clientInfo }
    const nobody = { onNotification() {}, onRequest() {}, closed() {} }
    const options = { ...nobody, declared, prefers: 'modern' } as const
    const sibling = this.#makeSession(options, new Eras(undefined, patience))
    try {
      const opened = sibling.open()
      const handshake = await withDeadline(opened, 2 * patience, 'silence')
      return handshake.era === 'modern'
    } catch {
      return false
    } finally {
      // Not waited for: a program may take its time to end.
      void sibling.close()
    }
  }

  /** Takes every secret value that this server was given out of a message. */
  redact(bytes: Buffer): Buffer {
    return this.#redactor.redact(bytes)
  }

  /** Lets what is still being sent go out, but not for long. */
  async close(): Promise<void> {
    await this.#connections?.close()
  }

  #resolve(values: Readonly<Record<string, Value>>): Record<string, string> {
    const { secrets } = this.#context
    const resolved = resolveValues(values, secrets)
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string') continue
      this.#redactor.add(resolved[name] as string)
      this.#redactor.add(resolveSecret(value, secrets))
    }
    return resolved
  }

  #resolveText(value: Written): string {
    const { secrets } = this.#context
    for (const one of listSecrets(value, secrets)) this.#redactor.add(one)
    return resolveWritten(value, secrets)
  }

  /** A secret in an address is one segment or value of it. */
  #resolveUrl(value: Written): URL {
    const { secrets } = this.#context
    for (const one of listSecrets(value, secrets)) {
      this.#redactor.add(one)
      this.#redactor.add(encodeURIComponent(one))
    }
    return new URL(resolveWritten(value, secrets, encodeURIComponent))
  }

  #clean(failure: Failure): Failure {
    const detail = this.#redactor.redactText(failure.detail, MAX_DETAIL)
    return { ...failure, detail }
  }

  #connect(events: TransportEvents): Transport {
    const server = this.server
    return server.type === 'http'
      ? this.#connectHttp(server, events)
      : this.#connectStdio(server, events)
  }

  #connectHttp(server: HttpServer, events: TransportEvents): Transport {
    const { caps, clock } = this.#context
    const headers = this.#resolve(server.headers)
    this.#sent = JSON.stringify(headers)
    for (const name of findUnsendable(headers)) {
      throw new MissingSecret(`header ${name} cannot be sent`)
    }
    const origin = () => readOrigin(server, this.#context.secrets.root)
    this.#connections ??= new Connections(origin(), clock)
    const url = this.#resolveUrl(server.url)
    this.#place ??= new Place(url)
    const place = this.#place
    const endpoint = { connections: this.#connections, url, place, headers }
    if (this.#wire === 'streamable') {
      return new HttpTransport(endpoint, caps.message, events)
    }
    const Wire = this.#wire === 'sse' ? SseTransport : FallbackTransport
    return new Wire(endpoint, caps.message, events, () => {
      this.#wire = 'sse'
      this.#attributes = false
    })
  }

  #connectStdio(server: StdioServer, events: TransportEvents): Transport {
    const { secrets, caps, watchdog, note } = this.#context
    const isPath = server.command.includes('/')
    return new StdioTransport(
      {
        command: isPath
          ? resolve(secrets.root, server.command)
          : server.command,
        args: server.args.map((arg) => this.#resolveText(arg)),
        env: this.#resolve(server.env),
        cwd: resolve(secrets.root, server.cwd),
        account: findAccount(server.user ?? null, server.group ?? null),
      },
      caps.message,
      watchdog,
      events,
      (line) => {
        this.lastNote = this.#redactor.redactText(line, MAX_LINE)
        note(this.name, this.lastNote)
      },
    )
  }
}

function nameSecret(value: Exclude<Value, string>): string {
  if ('secret' in value) return value.secret
  return 'bearer' in value ? value.bearer : value.basic.secret
}

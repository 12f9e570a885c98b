// Keeps one server's catalogue up to date, over a session of its own.
// In: a connector. Out: the catalogue, and whether the server is up.
// INVARIANT: a server that is down keeps the definitions it last listed; a
// failed attempt is followed by another, ever more patiently.

import type { ServerStatus } from '../../contract/status.ts'
import { type Catalogue, readCatalogue } from './catalogue.ts'
import type { Connector, UpstreamContext } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Greeting, Session } from './session.ts'

/** The catalogue session may see everything, so it declares everything; it
 * grants nothing, for it refuses whatever a server asks (design §4.2). */
const ALL_CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
  sampling: {},
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/** Servers announce changes in bursts. */
const SETTLE_MS = 50

export class Listing {
  catalogue: Catalogue | undefined
  state: ServerStatus['state'] = 'idle'
  /** Whether the first attempt is over, well or not. */
  tried = false
  failure: Failure | undefined
  /** Wall-clock milliseconds of the last change of state. */
  since: number
  /** Resolves with `tried`. */
  readonly attempted: Promise<void>
  readonly #connector: Connector
  readonly #context: UpstreamContext
  readonly #changed: () => void
  #session: Session | undefined
  #greeting: Greeting | undefined
  #timer: NodeJS.Timeout | undefined
  #pause = FIRST_PAUSE_MS
  #over = false
  #settle: () => void = () => {}

  constructor(
    connector: Connector,
    context: UpstreamContext,
    changed: () => void,
  ) {
    this.#connector = connector
    this.#context = context
    this.#changed = changed
    this.since = context.clock.now()
    this.attempted = new Promise((resolve) => {
      this.#settle = () => {
        this.tried = true
        resolve()
      }
    })
  }

  start(): void {
    void this.#connect()
  }

  /** A call found the server gone: look again, unless that is under way. */
  recheck(): void {
    if (this.state !== 'up') return
    this.#lose({ kind: 'unreachable', detail: 'a call could not reach it' })
  }

  async close(): Promise<void> {
    this.#over = true
    clearTimeout(this.#timer)
    this.#settle()
    await this.#session?.close()
  }

  async #connect(): Promise<void> {
    if (this.#over) return
    const opened = this.#connector.open({
      capabilities: ALL_CAPABILITIES,
      notified: (method) => {
        if (method.endsWith('/list_changed')) this.#relist()
      },
      closed: (failure) => {
        if (this.state === 'up') this.#lose(failure)
      },
    })
    if ('kind' in opened) return this.#lose(opened)
    const { session, ready } = opened
    this.#session = session
    try {
      this.#greeting = await ready
      await this.#read(session)
      session.listen()
    } catch (failure) {
      this.#lose(failure as Failure)
    }
  }

  async #read(session: Session): Promise<void> {
    const { caps, clock } = this.#context
    if (!this.#greeting) return
    const catalogue = await readCatalogue(session, this.#greeting, caps.depth)
    if (this.#over || session !== this.#session) return
    this.catalogue = catalogue
    this.#pause = FIRST_PAUSE_MS
    if (this.state !== 'up') this.since = clock.now()
    this.state = 'up'
    this.failure = undefined
    this.#settle()
    this.#changed()
  }

  #relist(): void {
    const session = this.#session
    if (this.state !== 'up' || !session) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#read(session).catch((failure: Failure) => this.#lose(failure))
    }, SETTLE_MS)
  }

  #lose(failure: Failure): void {
    if (this.#over) return
    void this.#session?.close()
    this.#session = undefined
    if (this.state !== 'down') this.since = this.#context.clock.now()
    this.state = 'down'
    this.failure = failure
    this.#settle()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connect(), this.#pause)
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS)
  }
}

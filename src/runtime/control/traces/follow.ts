// Follows the key `telemetry` through every swap.
// In: tables, one after another. Out: the runtime's tracer, or none.
// INVARIANT: what exports is loaded by the first table that wants it, and by
// no other; a change loses no span that was ended before it.

import { randomUUID } from 'node:crypto'
import type { RoutingTable } from '../../../contract/table.ts'
import { resolveValues, type SecretSource } from '../../secrets/resolve.ts'
import type { Runtime } from '../context.ts'
import { Tracer } from './tracer.ts'

type Telemetry = RoutingTable['telemetry']

/** A collector that is left is given so long. */
const FAREWELL_MS = 5_000
const LAST_MS = 1_000

/** Where a collector takes traces, if its URL does not say. */
const PATH = '/v1/traces'

export class Telemetries {
  readonly #runtime: Runtime
  readonly #secrets: SecretSource
  readonly #instance = randomUUID()
  #running = 'null'
  #turn: Promise<void> = Promise.resolve()
  /** Collectors that were left, and have yet to get what is theirs. */
  #left: Promise<unknown> = Promise.resolve()

  constructor(runtime: Runtime, secrets: SecretSource) {
    this.#runtime = runtime
    this.#secrets = secrets
  }

  /** Resolves when calls are traced as the table says. */
  follow(telemetry: Telemetry): Promise<void> {
    const wanted = JSON.stringify(telemetry)
    if (wanted === this.#running) return this.#turn
    this.#running = wanted
    this.#turn = this.#turn.then(() => this.#replace(telemetry))
    return this.#turn
  }

  /** `left`: milliseconds of the drain; however long calls took to end, what
   * they left is sent. */
  async close(left: number): Promise<void> {
    const ms = Math.min(FAREWELL_MS, Math.max(LAST_MS, left))
    await this.#turn
    await Promise.all([this.#runtime.tracer?.close(ms), this.#left])
  }

  async #replace(telemetry: Telemetry): Promise<void> {
    const runtime = this.#runtime
    const before = runtime.tracer
    try {
      runtime.tracer = telemetry ? await this.#make(telemetry) : undefined
    } catch (error) {
      // Calls go on without it.
      runtime.tracer = undefined
      runtime.log.error(error, 'traces are off: the exporter did not start')
    }
    this.#left = Promise.all([this.#left, before?.close(FAREWELL_MS)])
  }

  async #make({ otlp }: NonNullable<Telemetry>): Promise<Tracer> {
    const { version, log, clock } = this.#runtime
    const { Exporter } = await import('./exporter.ts')
    const headers = () => resolveValues(otlp.headers, this.#secrets)
    const collector = { url: findEndpoint(otlp.url), headers }
    const resource = { version, instance: this.#instance }
    return new Tracer(new Exporter(collector, resource, log), clock)
  }
}

/** A URL without a path is a collector's base; any other is taken as written. */
export function findEndpoint(url: string): string {
  const endpoint = new URL(url)
  if (endpoint.pathname === '/') endpoint.pathname = PATH
  return endpoint.href
}

// Starts, replaces and stops the exporter of traces, as the key `telemetry`
// changes.
// INVARIANT: the exporter is loaded by the first table with `telemetry`; a
// change loses no span that has ended.

import { randomUUID } from 'node:crypto'
import type { RoutingTable } from '../../../contract/table.ts'
import { findReferences } from '../../../table/references.ts'
import { findCommonOutward } from '../../outward/outward.ts'
import { resolveValues, type SecretSource } from '../../secrets/resolve.ts'
import type { Runtime } from '../context.ts'
import { Tracer } from './tracer.ts'

type Table = Pick<RoutingTable, 'telemetry' | 'proxy' | 'tls'>

/** How long a replaced exporter may send; the least time at shutdown. */
const MAX_CLOSE_MS = 5_000
const MIN_CLOSE_MS = 1_000

/** The path of a collector whose URL has none. */
const PATH = '/v1/traces'

export class Telemetries {
  readonly #runtime: Runtime
  readonly #secrets: SecretSource
  readonly #instance = randomUUID()
  #running = 'null'
  #turn: Promise<void> = Promise.resolve()
  /** Replaced exporters that still send. */
  #replaced: Promise<unknown> = Promise.resolve()

  constructor(runtime: Runtime, secrets: SecretSource) {
    this.#runtime = runtime
    this.#secrets = secrets
  }

  /** Resolves when the table's `telemetry` is in force. */
  follow({ telemetry, proxy, tls }: Table): Promise<void> {
    const wanted = JSON.stringify(telemetry && { telemetry, proxy, tls })
    if (wanted === this.#running) return this.#turn
    this.#running = wanted
    this.#turn = this.#turn.then(() => this.#replace({ telemetry, proxy, tls }))
    return this.#turn
  }

  /** `left`: milliseconds left of the drain; the last spans get some time in
   * any case. */
  async close(left: number): Promise<void> {
    const ms = Math.min(MAX_CLOSE_MS, Math.max(MIN_CLOSE_MS, left))
    await this.#turn
    await Promise.all([this.#runtime.tracer?.close(ms), this.#replaced])
  }

  async #replace(table: Table): Promise<void> {
    const runtime = this.#runtime
    const before = runtime.tracer
    try {
      runtime.tracer = await this.#make(table)
    } catch (error) {
      // Calls continue without traces.
      runtime.tracer = undefined
      runtime.log.error(error, 'traces are off: the exporter did not start')
    }
    this.#replaced = Promise.all([this.#replaced, before?.close(MAX_CLOSE_MS)])
  }

  async #make(table: Table): Promise<Tracer | undefined> {
    const otlp = table.telemetry?.otlp
    if (!otlp) return undefined
    const { version, log, clock } = this.#runtime
    const { Exporter } = await import('./exporter.ts')
    const headers = async () => {
      await this.#secrets.programs.load(findReferences([otlp, table.proxy]))
      return resolveValues(otlp.headers, this.#secrets)
    }
    const outward = findCommonOutward(table, this.#secrets)
    const collector = { url: findEndpoint(otlp.url), headers, outward }
    const resource = { version, instance: this.#instance }
    return new Tracer(new Exporter(collector, resource, log), clock)
  }
}

/** A URL without a path is a collector's base; any other is taken as written. */
function findEndpoint(url: string): string {
  const endpoint = new URL(url)
  if (endpoint.pathname === '/') endpoint.pathname = PATH
  return endpoint.href
}

// Writes metrics in the Prometheus text format, with those of the process.
// INVARIANT: uses its own registry; each scrape reads every value again.

import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client'
import { CALLS } from './calls.ts'
import type { Facts } from './family.ts'
import { STATE } from './state.ts'

/** Resolution of the event loop monitor; a finer one costs more. */
const LAG_MS = 20

export class Exposition {
  readonly #registry = new Registry()
  #facts: Facts | undefined

  constructor() {
    const register = this.#registry
    for (const { name, type, help, read } of [...STATE, ...CALLS]) {
      const get = async () => {
        const values = this.#facts ? read(this.#facts, name) : []
        return { name, help, type, values, aggregator: 'sum' }
      }
      // A registry needs only these members. Its own metric types would keep a
      // second copy of each value.
      register.registerMetric({ name, get } as unknown as Gauge)
    }
    collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LAG_MS })
  }

  /** Overlapping scrapes share the latest facts. */
  async write(facts: Facts): Promise<Scraped> {
    this.#facts = facts
    const text = await this.#registry.metrics()
    return { type: this.#registry.contentType, text }
  }
}

export interface Scraped {
  readonly type: string
  readonly text: string
}

// Writes metrics in Prometheus' text format, those of the process included.
// In: facts, at each scrape. Out: the text and its media type.
// INVARIANT: a registry of its own, nothing of it global; a value is never
// kept: each scrape reads it anew.

import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client'
import { CALLS } from './calls.ts'
import type { Facts } from './family.ts'
import { STATE } from './state.ts'

/** How finely the event loop is watched: a timer that costs as it ticks. */
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
      // A registry asks a metric for nothing else. Its own kinds keep a value
      // for each label set, which would be a second copy of what is counted.
      register.registerMetric({ name, get } as unknown as Gauge)
    }
    collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LAG_MS })
  }

  /** Scrapes that overlap tell of the same moment. */
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

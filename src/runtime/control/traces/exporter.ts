// Sends spans to an OTLP/HTTP collector in batches. Loaded only if `telemetry`
// is set.
// INVARIANT: a bounded queue, one POST at a time; spans beyond it are dropped
// and counted; no redirect is followed, no answer is logged.

import { Agent, request } from 'undici'
import type { Logger } from '../../../contract/log.ts'
import type { TraceStatus } from '../../../contract/status.ts'
import { Backoff } from '../../base/backoff.ts'
import { startDeadline } from '../../base/deadline.ts'
import { makeConnect } from '../../outward/agent.ts'
import type { Outward } from '../../outward/outward.ts'
import { type QueuedSpan, type Resource, writeExport } from './otlp.ts'
import type { EndedSpan } from './span.ts'
import type { Sink } from './tracer.ts'

export interface Collector {
  readonly url: string
  /** Resolved for each export, so that new secrets are used. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
  readonly outward: Outward
}

const MAX_QUEUED = 4_096
const MAX_SENT = 512
const BETWEEN_MS = 1_000
const TIMEOUT_MS = 10_000

/** The longest pause after temporary failures. */
const LONGEST_PAUSE_MS = 30_000

/** Statuses to retry (OTLP 1.x, OTLP/HTTP throttling). */
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Most characters of an answer that are read. */
const MAX_ANSWER = 64 * 1024

export class Exporter implements Sink {
  readonly #collector: Collector
  readonly #resource: Resource
  readonly #log: Logger
  readonly #agent: Agent
  readonly #queue: QueuedSpan[] = []
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  readonly #backoff = new Backoff(BETWEEN_MS, LONGEST_PAUSE_MS)
  #pause = BETWEEN_MS
  #problem: string | null = null
  #exported = 0
  #dropped = 0
  #failures = 0
  #over = false

  constructor(collector: Collector, resource: Resource, log: Logger) {
    this.#collector = collector
    const find = (url: URL) => collector.outward.findOrigin(url)
    const connect = makeConnect({ find, ms: TIMEOUT_MS })
    this.#agent = new Agent({ connections: 1, connect })
    this.#resource = resource
    this.#log = log
  }

  add(kind: QueuedSpan['kind'], span: EndedSpan): void {
    if (this.#over || this.#queue.length >= MAX_QUEUED) {
      this.#dropped++
      return
    }
    this.#queue.push({ ...span, kind })
    this.#timer ??= setTimeout(() => this.#flush(), this.#pause).unref()
  }

  describe(): TraceStatus {
    return {
      exported: this.#exported,
      dropped: this.#dropped,
      queued: this.#queue.length,
      failures: this.#failures,
      problem: this.#problem,
    }
  }

  async close(ms: number): Promise<void> {
    this.#over = true
    clearTimeout(this.#timer)
    const timer = setTimeout(() => this.#stop.abort(), ms)
    await this.#sending
    while (this.#queue.length > 0 && !this.#stop.signal.aborted) {
      if ((await this.#send()) === 'later') break
    }
    clearTimeout(timer)
    this.#dropped += this.#queue.splice(0).length
    await this.#agent.destroy()
  }

  #flush(): void {
    this.#sending = this.#send().then(() => {
      this.#timer = undefined
      this.#sending = undefined
      if (this.#queue.length === 0 || this.#over) return
      const isFull = this.#queue.length >= MAX_SENT && this.#problem === null
      const pause = isFull ? 0 : this.#pause
      this.#timer = setTimeout(() => this.#flush(), pause).unref()
    })
  }

  /** Spans stay in the queue until the collector has them. */
  async #send(): Promise<'done' | 'later'> {
    const batch = this.#queue.slice(0, MAX_SENT)
    const verdict: Verdict = await this.#post(
      writeExport(this.#resource, batch),
    ).catch((error: Error) => ({ problem: nameFault(error), later: true }))
    if (!verdict.later) {
      const refused = Math.min(verdict.refused ?? 0, batch.length)
      this.#queue.splice(0, batch.length)
      this.#dropped += refused
      this.#exported += batch.length - refused
    }
    this.#recordResult(verdict.problem)
    return verdict.later ? 'later' : 'done'
  }

  async #post(body: string): Promise<Verdict> {
    const { url } = this.#collector
    const headers = await this.#collector.headers()
    const { signal, free } = startDeadline(TIMEOUT_MS, this.#stop.signal)
    const { statusCode, answer } = await request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      dispatcher: this.#agent,
      signal,
    })
      .then(async ({ statusCode, body }) => {
        return { statusCode, answer: await readAnswer(body) }
      })
      .finally(free)
    if (statusCode >= 200 && statusCode < 300) return judgeAnswer(answer)
    const problem = `the collector answers ${statusCode}`
    return { problem, later: RETRIED.has(statusCode), refused: MAX_SENT }
  }

  /** Logs the first failure, and the end of failures. */
  #recordResult(problem: string | null): void {
    if (problem === null) {
      this.#pause = BETWEEN_MS
      this.#backoff.reset()
      if (this.#problem !== null) this.#log.info('traces are exported again')
    } else {
      this.#failures++
      this.#pause = this.#backoff.next()
      if (this.#problem === null) {
        this.#log.warn({ reason: problem }, 'traces cannot be exported')
      }
    }
    this.#problem = problem
  }
}

interface Verdict {
  /** Null: the collector has the spans. */
  readonly problem: string | null
  /** The export may succeed later. */
  readonly later?: boolean
  /** Number of spans that it rejects for good. */
  readonly refused?: number
}

/** The system's error code, or a text. */
function nameFault(error: Error): string {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') return 'the collector does not answer'
  return typeof code === 'string' ? code : message
}

async function readAnswer(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += chunk
    if (text.length > MAX_ANSWER) break
  }
  return text
}

/** A collector may reject some spans (OTLP 1.x, partial success). */
function judgeAnswer(text: string): Verdict {
  const [, rejected] = /"rejectedSpans"\s*:\s*"?(\d+)/.exec(text) ?? []
  const refused = Number(rejected ?? 0)
  const problem = refused > 0 ? 'the collector refuses some spans' : null
  return { problem, refused }
}

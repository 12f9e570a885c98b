// Sends spans to an OTLP/HTTP collector, in batches, off the way of calls.
// In: ended spans. Out: POSTs of JSON. Loaded only where `telemetry` is set.
// INVARIANT: a bounded queue, one POST at a time; what finds no room is
// dropped and counted; no redirect is followed, no answer is logged.

import type { Logger } from 'pino'
import { Agent, request } from 'undici'
import type { TraceStatus } from '../../../contract/status.ts'
import { Backoff } from '../../base/backoff.ts'
import { type QueuedSpan, type Resource, writeExport } from './otlp.ts'
import type { EndedSpan } from './span.ts'
import type { Sink } from './tracer.ts'

export interface Collector {
  readonly url: string
  /** Read anew for each export, as secrets are. */
  readonly headers: () => Readonly<Record<string, string>>
}

const MAX_QUEUED = 4_096
const MAX_SENT = 512
const BETWEEN_MS = 1_000
const PATIENCE_MS = 10_000

/** After a failure that may pass; doubled each time. */
const LONGEST_PAUSE_MS = 30_000

/** Answers that say: later (OTLP 1.x, OTLP/HTTP throttling). */
const LATER: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** More of an answer than this is not read. */
const MAX_ANSWER = 64 * 1024

export class Exporter implements Sink {
  readonly #collector: Collector
  readonly #resource: Resource
  readonly #log: Logger
  readonly #agent = new Agent({ connections: 1 })
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

  /** What is sent stays in the queue until the collector has it. */
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
    this.#note(verdict.problem)
    return verdict.later ? 'later' : 'done'
  }

  async #post(body: string): Promise<Verdict> {
    const { url, headers } = this.#collector
    const timeout = AbortSignal.timeout(PATIENCE_MS)
    const response = await request(url, {
      method: 'POST',
      headers: { ...headers(), 'content-type': 'application/json' },
      body,
      dispatcher: this.#agent,
      signal: AbortSignal.any([timeout, this.#stop.signal]),
    })
    const answer = await readAnswer(response.body)
    const { statusCode } = response
    if (statusCode >= 200 && statusCode < 300) return judgeAnswer(answer)
    const problem = `the collector answers ${statusCode}`
    return { problem, later: LATER.has(statusCode), refused: MAX_SENT }
  }

  /** Loud once, and once more when it is over. */
  #note(problem: string | null): void {
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
  /** Null: it has them. */
  readonly problem: string | null
  /** It may take them another time. */
  readonly later?: boolean
  /** How many it will never take; at most all of them. */
  readonly refused?: number
}

/** The kernel's word for it, or ours. */
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

/** It may take some and refuse others (OTLP 1.x, partial success). */
function judgeAnswer(text: string): Verdict {
  const [, rejected] = /"rejectedSpans"\s*:\s*"?(\d+)/.exec(text) ?? []
  const refused = Number(rejected ?? 0)
  const problem = refused > 0 ? 'the collector refuses some spans' : null
  return { problem, refused }
}

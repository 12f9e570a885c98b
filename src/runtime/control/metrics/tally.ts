// Counts the results of calls by server, tool and verdict, for metrics.
// INVARIANT: names come from the table and from lists of servers; their number
// is bounded; counting allocates only at the first call of a tool.

import {
  type AuditDecision,
  DECISIONS,
  OUTCOMES,
} from '../../../contract/audit.ts'
import { CALLS, Histogram } from '../../base/histogram.ts'
import type { Use } from '../../catalog/view.ts'
import { USES } from '../../message/methods.ts'
import type { Ending } from '../../record/record.ts'
import type { Exchange } from '../../request.ts'
import { Callers } from './callers.ts'

/** All results of a call: outcomes, then refusals. */
export const VERDICTS = Object.freeze([
  ...OUTCOMES,
  ...DECISIONS.filter((one) => one !== 'allowed' && one !== 'unauthenticated'),
])

interface ToolTally {
  readonly server: string
  /** Upstream name, or the kind in parentheses: URIs are unbounded. */
  readonly tool: string
  /** By index in VERDICTS. */
  readonly counts: Float64Array
}

export interface ServerTally {
  readonly name: string
  readonly tools: Map<string, ToolTally>
  readonly total: Histogram
  readonly upstream: Histogram
  bytesIn: number
  bytesOut: number
  /** Calls by HTTP status, for responses that were not answers. */
  readonly statuses: Map<number, number>
}

/** Further tools of a server share one tally; further reasons are not counted. */
const MAX_TOOLS = 1_000
const MAX_REASONS = 100

const OTHERS = '(other)'

export class Tally {
  readonly servers = new Map<string, ServerTally>()
  /** Calls whose tool is unknown or hidden. */
  readonly unknown = makeTool('', '(unknown)')
  readonly reasons = new Map<string, { count: number }>()
  readonly callers = new Callers()
  admitted = 0
  refused = 0
  #tools = 0

  /** Counts the end of an admitted call. */
  end({ named, principal, bytesIn }: Exchange, ending: Ending): void {
    const { use } = named
    if (!use) return
    const server = this.#findServer(use.server)
    server.total.observe(ending.durationMs / 1_000)
    if (ending.upstreamMs !== null) {
      server.upstream.observe(ending.upstreamMs / 1_000)
    }
    server.bytesIn += bytesIn
    server.bytesOut += ending.bytesOut
    const { upstreamStatus: status } = ending
    if (status !== undefined) {
      server.statuses.set(status, (server.statuses.get(status) ?? 0) + 1)
    }
    const tool = this.#findTool(server, use)
    add(tool, ending.outcome)
    this.callers.count(principal.token, tool, false)
  }

  /** Counts a refused request of an authenticated caller. */
  refuse(
    { named, era, method, principal }: Exchange,
    decision: AuditDecision,
  ): void {
    const { use } = named
    this.refused++
    this.countRefusal(decision)
    if (!use && !USES[era].has(method)) return
    const tool = use
      ? this.#findTool(this.#findServer(use.server), use)
      : this.unknown
    add(tool, decision)
    this.callers.count(principal.token, tool, true)
  }

  /** Counts a refusal; `reason`: a constant of the code. */
  countRefusal(reason: string): void {
    const known = this.reasons.get(reason)
    if (known) known.count++
    else if (this.reasons.size < MAX_REASONS) {
      this.reasons.set(reason, { count: 1 })
    }
  }

  #findServer(name: string): ServerTally {
    const known = this.servers.get(name)
    if (known) return known
    const server: ServerTally = {
      name,
      tools: new Map(),
      total: new Histogram(CALLS),
      upstream: new Histogram(CALLS),
      bytesIn: 0,
      bytesOut: 0,
      statuses: new Map(),
    }
    this.servers.set(name, server)
    return server
  }

  #findTool({ name: server, tools }: ServerTally, use: Use): ToolTally {
    const name = use.kind === 'tool' ? use.name : KIND[use.kind]
    const known = tools.get(name)
    if (known) return known
    const label = this.#tools < MAX_TOOLS ? name : OTHERS
    const tool = tools.get(label) ?? makeTool(server, label)
    if (!tools.has(label)) this.#tools++
    tools.set(label, tool)
    return tool
  }
}

const KIND = Object.freeze({ prompt: '(prompt)', resource: '(resource)' })

const INDEX: ReadonlyMap<string, number> = new Map(
  VERDICTS.map((verdict, at) => [verdict, at]),
)

function makeTool(server: string, tool: string): ToolTally {
  return { server, tool, counts: new Float64Array(VERDICTS.length) }
}

function add({ counts }: ToolTally, verdict: string): void {
  const at = INDEX.get(verdict)
  if (at !== undefined) counts[at] = (counts[at] as number) + 1
}

// One line for each call of `serve --dev`, as it ends.
// In: the trail of development. Out: lines on stderr.
// INVARIANT: every line comes from a record, so nothing is told that is not in
// the trail; no text of a client can move the cursor or forge a line.

import type { AuditRecord } from '../contract/audit.ts'
import { type Plain, paint, plain } from '../diagnostics/shown.ts'
import { makeFilter } from '../trail/filter.ts'
import { queryRecords } from '../trail/query.ts'
import { say } from './say.ts'
import type { Io } from './verb.ts'

export interface Following {
  /** Resolves when the last record has its line. */
  close(): Promise<void>
}

export function followCalls(live: string, io: Io): Following {
  const controller = new AbortController()
  const query = {
    live,
    span: { since: io.now(), until: Infinity },
    filter: makeFilter({}),
    follow: controller.signal,
    pause: async () => {},
  }
  const tell = (record: AuditRecord) => {
    const line = renderCallLine(record)
    if (line) say(io.stderr, line)
  }
  const ended = queryRecords(query, ['outcome', 'refusal'], tell).catch(
    (error: Error) => {
      say(io.stderr, plain`calls are no longer shown: ${error.message}\n`)
    },
  )
  return {
    close: async () => {
      controller.abort()
      await ended
    },
  }
}

/** Messages of a client that use nothing. */
const QUIET = /^(?:notifications\/|ping$|GET$|DELETE$|logging\/)/

export function renderCallLine(record: AuditRecord): Plain | undefined {
  const { ts, event, method, decision, outcome, subject, ip } = record
  if (event === 'outcome' && QUIET.test(method ?? '')) return undefined
  const time = ts.slice(11, 19)
  const who = subject ?? ip ?? '-'
  const verdict = nameVerdict(record)
  const tone =
    decision !== 'allowed' ? 'bad' : outcome === 'ok' ? 'good' : 'warn'
  return plain`${time}  ${who}  ${nameUse(record)}  ${paint(tone, verdict)}${describeRest(record)}\n`
}

function nameUse({ server, tool, exposed, method }: AuditRecord): string {
  if (server) {
    const use = `${server}/${tool}`
    return method === 'tools/call' ? use : `${method} ${use}`
  }
  return [method ?? '', exposed ?? ''].filter(Boolean).join(' ') || '-'
}

function nameVerdict({
  decision,
  outcome,
  limit,
  count = 1,
}: AuditRecord): string {
  const times = count === 1 ? '' : ` × ${count}`
  if (decision === 'unauthenticated') return `401${times}`
  if (decision === 'allowed') return outcome ?? 'allowed'
  return `${decision}${limit ? ` ${limit}` : ''}${times}`
}

/** Milliseconds and bytes; for a refusal the rule or the reason. */
function describeRest(record: AuditRecord): string {
  const { durationMs, bytesIn, bytesOut, decision, rule, reason } = record
  const time = durationMs === undefined ? '' : `  ${Math.round(durationMs)} ms`
  const size =
    bytesOut === undefined ? '' : `  ${bytesIn ?? 0} B in, ${bytesOut} B out`
  if (decision === 'allowed') return time + size
  const place = rule?.at ?? rule?.pointer
  const cause = reason ?? place
  return cause === undefined ? '' : `  ${cause}`
}

// One call as it is shown: what its records say, under names that stay.
// In: a call. Out: a Row, or undefined where a record is broken.
// INVARIANT: the same fields, in the same order, in every form.

import type { AuditRecord, AuditRule } from '../contract/audit.ts'
import type { Call } from './calls.ts'
import { parseRecord } from './line.ts'
import { type ReadMembers, readRecordMember } from './members.ts'

export interface Row {
  /** When it began. */
  readonly ts: string
  readonly requestId: string | null
  readonly tokenId: string | null
  readonly subject: string | null
  readonly team: string | null
  readonly roles: readonly string[]
  readonly client: AuditRecord['client']
  readonly ip: string | null
  readonly session: string | null
  readonly protocol: string | null
  readonly method: string | null
  readonly server: string | null
  readonly tool: string | null
  readonly exposed: string | null
  readonly decision: string | null
  readonly rule: AuditRule | null
  /** Of a refusal, the limit; of a call, the limits that only warn. */
  readonly limit: string | null
  readonly reason: string | null
  /** Null: refused, or its end is not on record. */
  readonly outcome: string | null
  readonly durationMs: number | null
  readonly upstreamMs: number | null
  /** HTTP status of a server's response that was no answer. */
  readonly upstreamStatus: number | null
  readonly bytesIn: number | null
  readonly bytesOut: number | null
  /** Equal refusals that this one stands for. */
  readonly count: number
  readonly arguments: unknown
  readonly trace: string | null
  readonly table: string | null
}

export const COLUMNS = [
  'ts',
  'requestId',
  'tokenId',
  'subject',
  'team',
  'roles',
  'client',
  'ip',
  'session',
  'protocol',
  'method',
  'server',
  'tool',
  'exposed',
  'decision',
  'rule',
  'limit',
  'reason',
  'outcome',
  'durationMs',
  'upstreamMs',
  'upstreamStatus',
  'bytesIn',
  'bytesOut',
  'count',
  'arguments',
  'trace',
  'table',
] as const satisfies readonly (keyof Row)[]

/** Of the record that says most of a call. */
export function readCallMembers({
  intent,
  end,
}: Call): ReadMembers | undefined {
  return readRecordMember(end ?? intent ?? '')
}

/** When the call began, to the millisecond. */
export function startOf({ intent }: Call, main: ReadMembers): string {
  if (intent !== undefined) {
    const begun = /^\{"ts":"([^"\\]+)"/.exec(intent)?.[1]
    return begun ?? parseRecord(intent)?.ts ?? main.ts
  }
  const { ts, event, durationMs = 0 } = main
  const end = Date.parse(ts)
  if (event !== 'outcome' || Number.isNaN(end)) return ts
  return new Date(end - durationMs).toISOString()
}

export function makeRow(call: Call): Row | undefined {
  const main = parseRecord(call.end ?? call.intent ?? '')
  if (!main) return undefined
  const intent =
    call.intent !== undefined && call.end !== undefined
      ? parseRecord(call.intent)
      : undefined
  const { limit, arguments: args } = intent ?? main
  const whole = { ...main, limit, arguments: args, ts: startOf(call, main) }
  const fields = COLUMNS.map((name) => [name, whole[name] ?? null] as const)
  return {
    ...(Object.fromEntries(fields) as unknown as Row),
    roles: main.roles ?? [],
    count: main.count ?? 1,
  }
}

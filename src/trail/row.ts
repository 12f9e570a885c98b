// One call in shown form: the data of its records, under fixed names.
// In: a call. Out: a Row, or undefined if a record is broken.
// INVARIANT: the same fields, in the same order, in every form.

import type { AuditRecord } from '../contract/audit.ts'
import type { Call } from './calls.ts'
import { parseRecord } from './line.ts'
import { type ReadMembers, readRecordMember } from './members.ts'

/** The members of a record that a row shows, in their order. */
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
  'upstreamIdentity',
  'grant',
  'bytesIn',
  'bytesOut',
  'count',
  'arguments',
  'trace',
  'table',
] as const satisfies readonly (keyof AuditRecord)[]

/** `ts` is the start of the call; `count`: number of equal refusals; `limit`:
 * for a refusal its limit, for a call the limits that only warn. */
export type Row = {
  readonly [Name in (typeof COLUMNS)[number]]:
    | Required<AuditRecord>[Name]
    | null
} & Pick<Required<AuditRecord>, 'ts' | 'roles' | 'count'>

/** Fields of the record that contains most about a call. */
export function readCallMembers({
  intent,
  end,
}: Call): ReadMembers | undefined {
  return readRecordMember(end ?? intent ?? '')
}

/** The start of the call, to the millisecond. */
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

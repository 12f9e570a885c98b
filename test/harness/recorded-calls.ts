// Calls by chance, and the records that a gateway would write of them.
// In: a random config's artefact. Out: calls as arbitraries; audit records.
// INVARIANT: decide() alone says what was allowed; arguments are on record
// whole, in part, as a digest or not at all, and never of a refusal.

import fc from 'fast-check'
import type { AuditRecord } from '../../src/contract/audit.ts'
import type { Artefact, Kind, RoutingTable } from '../../src/contract/table.ts'
import { lockedNames } from '../../src/table/access.ts'
import { decide, type Grantee } from '../../src/table/decide.ts'
import { granteeOf } from '../../src/table/expect.ts'
import { Discard } from './property.ts'
import { callArguments, IDS, listNames, SERVERS } from './random-config.ts'

export const NAMES = listNames(SERVERS)
/** Of every record. */
export const AT = '2026-11-10T12:00:00.000Z'

export interface CallText {
  readonly token: string
  readonly use: (typeof NAMES)[number]
  readonly args: object
  readonly recorded: 'values' | 'part' | 'digest' | 'none'
}

export const calls = fc.array(
  fc.record({
    token: fc.constantFrom(...IDS),
    use: fc.constantFrom(...NAMES),
    args: callArguments,
    recorded: fc.constantFrom('values', 'part', 'digest', 'none'),
  }),
  { minLength: 20, maxLength: 60 },
)

const METHODS = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
} as const

/** What the gateway would say: a name that is locked away is unknown. */
export function judge(
  table: RoutingTable,
  grantee: Grantee,
  { server, kind, name }: { server: string; kind: Kind; name: string },
  args: object,
): boolean {
  const names = lockedNames(table, server, kind)
  if (!Object.hasOwn(table.servers, server)) return false
  if (names && !Object.hasOwn(names, name)) return false
  const given = { value: args }
  return decide(table, grantee, server, kind, name, given).verdict === 'allow'
}

function record(table: RoutingTable, call: CallText): AuditRecord {
  const { token, use, args, recorded } = call
  const allowed = judge(table, granteeOf(table, { token }), use, args)
  const digest = { hmac: ''.padStart(64, 'a'), bytes: 9 }
  // As `audit.tools` keeps, drops and masks.
  const [first = ''] = Object.keys(args)
  const part = { [first]: '[redacted]' }
  const shown = { values: args, part, digest, none: null }[recorded]
  return {
    ts: AT,
    seq: 1,
    event: allowed ? 'intent' : 'refusal',
    tokenId: token,
    subject: 'ada',
    roles: table.tokens[token]?.roles ?? [],
    method: METHODS[use.kind],
    server: use.server,
    tool: use.name,
    decision: allowed ? 'allowed' : 'denied',
    // A refusal does not say its arguments.
    ...(allowed && recorded !== 'none' && { arguments: shown }),
  } as AuditRecord
}

/** Of tokens that are good, each with the call that it is of. */
export function listRecords(artefact: Artefact, made: readonly CallText[]) {
  const { tokens } = artefact.table
  const good = made.filter(({ token }) => tokens[token]?.revoked === null)
  if (good.length === 0) throw new Discard()
  return good.map((call) => ({ call, record: record(artefact.table, call) }))
}

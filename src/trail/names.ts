// Names that nothing was known by when they were asked for, in another table.
// In: a table with what is locked, a refusal. Out: the use that it would be.
// INVARIANT: `nothing` is said only where every server is locked; elsewhere
// nobody knows what it would have offered.

import type { AuditRecord } from '../contract/audit.ts'
import type { RoutingTable } from '../contract/table.ts'
import { lockedNames } from '../table/access.ts'
import { exposeUse } from '../table/names.ts'
import type { RecordedUse } from '../table/replay.ts'

/** Undefined: the name is not on record. */
export type FindNamed = (
  record: AuditRecord,
) => RecordedUse | 'nothing' | 'unclear' | 'unlisted' | undefined

export function makeNameFinder(table: RoutingTable): FindNamed {
  const servers = Object.keys(table.servers)
  const whole = servers.every((server) => Object.hasOwn(table.lock, server))
  const uses = new Map<string, RecordedUse>(
    servers.flatMap((server) =>
      (['tool', 'prompt'] as const).flatMap((kind) =>
        Object.keys(lockedNames(table, server, kind) ?? {}).map((name) => {
          const exposed = exposeUse(table, { server, kind, name })
          // What a record may show of arguments was not known either.
          const use = { server, kinds: [kind], name, args: null }
          return [`${kind} ${exposed}`, use] as const
        }),
      ),
    ),
  )
  return ({ method, exposed }) => {
    if (typeof exposed !== 'string') return undefined
    const kind = KINDS[method ?? '']
    if (!kind) return whole ? 'unlisted' : 'unclear'
    return uses.get(`${kind} ${exposed}`) ?? (whole ? 'nothing' : 'unclear')
  }
}

/** Whose names a lock has all of. */
const KINDS: Readonly<Record<string, string>> = Object.freeze({
  'tools/call': 'tool',
  'prompts/get': 'prompt',
})

// Names that no table had when they were requested, in another table.
// In: a table with its lock, a refusal. Out: the use that it would be.
// INVARIANT: `nothing` only if every server is locked; otherwise the offers of
// a server are unknown.

import type { AuditRecord } from '../contract/audit.ts'
import type { RoutingTable } from '../contract/table.ts'
import { lockedNames } from '../table/access.ts'
import { exposeUse } from '../table/names.ts'
import type { RecordedUse } from '../table/replay.ts'

/** Undefined: the name is not recorded. */
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
          // The parts of arguments that a record may show were unknown too.
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

/** Servers whose names are all in the lock. */
const KINDS: Readonly<Record<string, string>> = Object.freeze({
  'tools/call': 'tool',
  'prompts/get': 'prompt',
})

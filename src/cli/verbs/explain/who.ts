// `gateway explain --tool SERVER/TOOL`: who can call it.
// In: the config and a use. Out: roles, teams and tokens, with their rules.
// INVARIANT: only tokens that are valid now; the others are counted.

import type { RoutingTable } from '../../../contract/table.ts'
import { plain } from '../../../diagnostics/shown.ts'
import {
  judgeAccess,
  lockedNames,
  type Principal,
  type Use,
} from '../../../table/access.ts'
import { granteeOf, whoOf } from '../../../table/expect.ts'
import { exposeUse } from '../../../table/names.ts'
import { stateOf } from '../../../table/token-state.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { readUse } from '../../principals.ts'
import { renderHolders, renderHoldersJson } from '../../render/explain.ts'
import { say } from '../../say.ts'
import type { Io } from '../../verb.ts'
import type { ExplainOptions } from './options.ts'

export async function explainTool(
  what: string,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const compiled = await compileConfig(options, io, { places: 'always' })
  const { artefact } = compiled
  if (!artefact) return tellFindings(compiled, io)
  const { table, places } = artefact
  const use = readUse(what, options.kind ?? 'tool', table)
  if ('problem' in use) {
    for (const line of use.problem.split('\n')) say(io.stderr, plain`${line}\n`)
    return 1
  }
  const good = Object.values(table.tokens).filter(
    (token) => stateOf(token, table, io.now()) === 'active',
  )
  const principals: readonly Principal[] = [
    ...Object.keys(table.roles).map(
      (name) => ({ kind: 'role', name }) as const,
    ),
    ...Object.keys(table.teams).map(
      (name) => ({ kind: 'team', name }) as const,
    ),
    ...(table.login?.teams.map ?? []).map(
      ({ group }) => ({ kind: 'group', name: group }) as const,
    ),
    ...good.map(({ id }) => ({ kind: 'token', name: id }) as const),
  ]
  const holders = principals.flatMap((principal) => {
    const grantee = granteeOf(table, whoOf(principal))
    const access = judgeAccess(table, grantee, use.meant)
    return access.granted ? [{ principal, access }] : []
  })
  const told = {
    use: use.meant,
    exposed: exposeUse(table, use.meant),
    holders,
    idle: Object.keys(table.tokens).length - good.length,
    tokens: table.tokens,
    places,
    unlocked: isUnlocked(table, use.meant),
    disabled: table.servers[use.meant.server]?.disabled ?? false,
  }
  const render = options.report === 'json' ? renderHoldersJson : renderHolders
  say(io.stdout, render(told))
  const allowed = holders.length > 0 && !told.disabled
  return options.failOn === (allowed ? 'allowed' : 'refused') ? 1 : 0
}

/** Whether its server is locked, but the name is not in the lock. */
function isUnlocked(
  table: RoutingTable,
  { server, kind, name }: Omit<Use, 'locked'>,
): boolean {
  const names = lockedNames(table, server, kind)
  return names !== undefined && !Object.hasOwn(names, name)
}

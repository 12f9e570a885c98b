// `gateway explain WHO`: all that a principal may use.
// In: the config and a principal. Out: each use with its conditions and limits.
// INVARIANT: what cannot be seen by a client is not told as usable.

import { plain } from '../../../diagnostics/shown.ts'
import { judgeAccess, listUses } from '../../../table/access.ts'
import { granteeOf, whoOf } from '../../../table/expect.ts'
import { describeLimit, selectLimits } from '../../../table/limit.ts'
import { exposeUse } from '../../../table/names.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { describeTokenState } from '../../describe-token-state.ts'
import { readPrincipal } from '../../principals.ts'
import { renderAccess, renderAccessJson } from '../../render/access.ts'
import { loadRevocations } from '../../revoked.ts'
import { say } from '../../say.ts'
import type { Io } from '../../verb.ts'
import type { ExplainOptions } from './options.ts'

export async function explainAccess(
  who: string,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const compiled = await compileConfig(options, io, { places: 'always' })
  const { artefact } = compiled
  if (!artefact) return tellFindings(compiled, io)
  const { table, places } = artefact
  const principal = readPrincipal(who, table)
  if ('problem' in principal) {
    for (const line of principal.problem.split('\n')) {
      say(io.stderr, plain`${line}\n`)
    }
    return 1
  }
  const grantee = granteeOf(table, whoOf(principal.meant))
  const all = listUses([table]).filter(
    ({ kind }) => !options.kind || kind === options.kind,
  )
  const used = all.flatMap((use) => {
    if (table.servers[use.server]?.disabled) return []
    const access = judgeAccess(table, grantee, use)
    if (!access.granted) return []
    const limits = selectLimits(table, grantee, use.server, use.kind, use.name)
    const names = limits.map(({ name }) => name)
    return [{ use, exposed: exposeUse(table, use), access, limits: names }]
  })
  const names = new Set(used.flatMap(({ limits }) => limits))
  const told = {
    principal: principal.meant,
    subject: table.tokens[principal.meant.name]?.subject ?? null,
    state: describeTokenState(
      principal.meant,
      artefact,
      io.now(),
      loadRevocations(compiled.root, table.revoked),
    ),
    used,
    others: all.length - used.length,
    limits: Object.entries(table.limits).flatMap(([name, limit]) =>
      names.has(name)
        ? [{ name, text: describeLimit(limit), rule: limit.rule }]
        : [],
    ),
    places,
  }
  const render = options.report === 'json' ? renderAccessJson : renderAccess
  say(io.stdout, render(told))
  const allowed = used.length > 0 && told.state === null
  return options.failOn === (allowed ? 'allowed' : 'refused') ? 1 : 0
}

// Token records, from the config and from the tokens file.
// In: authored records. Out: records with their roles resolved.
// INVARIANT: no clock: an expired record is valid here, and the runtime refuses
// it; every record ends at most `maxAge` after it began.

import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Duration, TokenConfig } from '../contract/policy.ts'
import type { Team, TokenRecord } from '../contract/table.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { BREAK_GLASS_MS } from '../table/life.ts'
import type { LinkContext } from './context.ts'
import { linkEntries } from './entries.ts'
import { resolveName, resolveNames } from './names.ts'
import { toInstant, toMilliseconds } from './units.ts'

type Teams = Readonly<Record<string, Team>>

export function linkTokens(
  context: LinkContext,
  teams: Teams,
): Readonly<Record<string, TokenRecord>> {
  const { gateway, fileTokens, tokensFile } = context.checked
  const grants = gateway.tokens?.grants ?? {}
  for (const id of Object.keys(fileTokens)) {
    if (!Object.hasOwn(grants, id)) continue
    const pointer = joinPointer('/tokens/grants', id)
    const message = `token \`${id}\` is recorded both in the config and in ${tokensFile}`
    const other = joinPointer(`${tokensFile}#/token`, id)
    const notes = [{ message: 'the other record is here', pointer: other }]
    context.report(finding('GW7002', pointer, message, { notes }))
  }
  const records = Object.entries({ ...fileTokens, ...grants })
  return Object.fromEntries(
    records.map(([id, token]) => [id, linkToken(context, teams, id, token)]),
  )
}

function linkToken(
  context: LinkContext,
  teams: Teams,
  id: string,
  token: TokenConfig,
): TokenRecord {
  const rule = joinPointer('/tokens/grants', id)
  const team =
    token.team !== undefined &&
    resolveName(context, 'team', token.team, `${rule}/team`)
      ? token.team
      : null
  const own = resolveNames(context, 'role', token.roles, `${rule}/roles`)
  const instant = (key: 'notBefore' | 'revoked') =>
    token[key] === undefined ? null : toInstant(token[key])
  const record: TokenRecord = {
    id,
    subject: token.subject,
    kind: token.kind ?? DEFAULTS.token.kind,
    team,
    roles: token.roles ? own : (teams[team ?? '']?.roles ?? []),
    tools: token.tools
      ? linkEntries(context, token.tools, `${rule}/tools`)
      : null,
    sha256: token.sha256,
    created: toInstant(token.created),
    notBefore: instant('notBefore'),
    expires: toInstant(token.expires),
    replaces: token.replaces ?? null,
    revoked: instant('revoked'),
    reason: token.reason ?? null,
    rule,
  }
  judgeRecord(context, record).forEach(context.report)
  if (hasNoRole(context, token, rule)) {
    const message = `token \`${id}\` has no role`
    context.report(finding('GW7004', rule, message))
  }
  return record
}

/** As it is written: an unknown role has its finding, and so has a key that may
 * be a misspelt `roles`. */
function hasNoRole(
  { checked }: LinkContext,
  token: TokenConfig,
  rule: string,
): boolean {
  const faulty = [...checked.dropped].some((pointer) =>
    pointer.startsWith(`${rule}/`),
  )
  if (faulty) return false
  if (token.roles) return token.roles.length === 0
  if (token.team === undefined) return true
  const teams = checked.gateway.teams ?? {}
  if (!Object.hasOwn(teams, token.team)) return false
  return teams[token.team]?.roles?.length === 0
}

const MAX_AGE = DEFAULTS.tokens.maxAge

function judgeRecord(
  { checked }: LinkContext,
  token: TokenRecord,
): readonly Diagnostic[] {
  const { id, kind, reason, rule } = token
  const isMute = kind === 'break-glass' && reason === null
  return [
    ...judgeLife(checked.gateway.tokens?.maxAge ?? MAX_AGE, token),
    ...(isMute
      ? [finding('GW7006', rule, `token \`${id}\` has no reason`)]
      : []),
  ]
}

function judgeLife(
  maxAge: Duration,
  { id, kind, created, notBefore, expires, rule }: TokenRecord,
): readonly Diagnostic[] {
  // An instant that check rejected has its finding already.
  if (created === 0 || expires === 0) return []
  const pointer = `${rule}/expires`
  if (expires <= Math.max(created, notBefore ?? 0)) {
    const message = `token \`${id}\` expires before it becomes valid`
    return [finding('GW7003', pointer, message)]
  }
  const age = expires - created
  if (age > toMilliseconds(maxAge)) {
    const message = `token \`${id}\` is valid for longer than \`tokens.maxAge\`, ${maxAge}`
    return [finding('GW7001', pointer, message)]
  }
  if (kind !== 'break-glass' || age <= BREAK_GLASS_MS) return []
  const message = `break-glass token \`${id}\` is valid for longer than an hour`
  return [finding('GW7005', pointer, message)]
}

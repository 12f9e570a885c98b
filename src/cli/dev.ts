// The output of `serve --dev`: a token for this run, and a snippet.
// In: the table, optionally a role or a team. Out: a token, its record, texts.
// INVARIANT: the record exists only in this process; nothing is written.

import type { RoutingTable, TokenRecord } from '../contract/table.ts'
import { createToken } from './new-token.ts'

/** Where trying out is recorded, relative to the config's folder. `number`: of
 * several processes at once each has its own. */
export function nameDevTrail(
  { state }: Pick<RoutingTable, 'state'>,
  number = 1,
): string {
  const name = number === 1 ? 'dev.jsonl' : `dev-${number}.jsonl`
  return state === '' ? `audit/${name}` : `${state}/audit/${name}`
}

export interface DevToken {
  readonly token: string
  readonly record: TokenRecord
}

/** Undefined if `as` is the name of neither a role nor a team. */
export function makeDevToken(
  table: RoutingTable,
  as: string | undefined,
  now: number,
): DevToken | undefined {
  const roles = selectRoles(table, as)
  if (!roles) return undefined
  const { id, token, sha256 } = createToken(table.tokens)
  const isTeam = as !== undefined && Object.hasOwn(table.teams, as)
  return {
    token,
    record: {
      id,
      subject: 'developer',
      kind: 'person',
      team: isTeam ? as : null,
      roles,
      tools: null,
      sha256,
      created: now,
      notBefore: null,
      expires: now + table.maxAge,
      replaces: null,
      revoked: null,
      reason: 'serve --dev',
      rule: '/tokens',
    },
  }
}

function selectRoles(
  { roles, teams }: RoutingTable,
  as: string | undefined,
): readonly string[] | undefined {
  if (as === undefined) return Object.keys(roles)
  if (Object.hasOwn(teams, as)) return teams[as]?.roles
  return Object.hasOwn(roles, as) ? [as] : undefined
}

/** For clients that read `mcpServers`, as most do. */
export function writeSnippet(url: string, token: string): string {
  const headers = { Authorization: `Bearer ${token}` }
  const gateway = { type: 'http', url, headers }
  return JSON.stringify({ mcpServers: { gateway } }, null, 2)
}

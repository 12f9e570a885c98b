// Why a token is refused under any rules.
// In: a principal, the table, the revocations. Out: a sentence, or null.
// INVARIANT: a principal that is not a token is never refused so.

import type { Artefact, TokenRecord } from '../contract/table.ts'
import { formatInstant } from '../diagnostics/instants.ts'
import type { Principal } from '../table/access.ts'
import type { Revocations } from '../table/revoked.ts'
import { stateOf } from '../table/token-state.ts'

export function describeTokenState(
  { kind, name }: Principal,
  { table }: Pick<Artefact, 'table'>,
  now: number,
  revocations: Revocations,
): string | null {
  const token: TokenRecord | undefined =
    kind === 'token' ? table.tokens[name] : undefined
  if (!token) return null
  const state = stateOf(token, table, now, revocations)
  if (state === 'active') return null
  const { revoked, notBefore, expires } = token
  const instants = {
    revoked,
    expired: expires,
    'not yet': notBefore,
    void: null,
  }
  const since = instants[state]
  const when = since === null ? '' : ` (${formatInstant(since)})`
  const words = state === 'not yet' ? 'not valid yet' : state
  return `the token is ${words}${when}: it is refused, whatever the rules say`
}

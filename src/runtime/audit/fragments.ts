// Parts of audit records that many records share, each rendered once.
// In: who, from where, what. Out: members of a JSON object, without braces.
// INVARIANT: no secret, no token and no session id is ever among them.

import { hash } from 'node:crypto'
import type { AuditRule } from '../../contract/audit.ts'
import type { TokenRecord } from '../../contract/table.ts'
import { text } from './text.ts'

/** Of a token, for as long as its record stands. */
export function renderPrincipal(token: TokenRecord): string {
  return (
    `"tokenId":${text(token.id)},"subject":${text(token.subject)},` +
    `"team":${text(token.team)},"roles":${text(token.roles)}`
  )
}

/** Of a conversation: a legacy session, or what a modern client tells. */
export function renderOrigin(
  client: string,
  conversation: string,
  protocol: string,
): string {
  return (
    `"client":${client},"session":${text(conversation)},` +
    `"protocol":${text(protocol)}`
  )
}

/** Of what a call wants, and of the rule that judged it. */
export function renderUse(
  server: string,
  name: string,
  exposed: string,
  rule: AuditRule | null,
): string {
  return (
    `"server":${text(server)},"tool":${text(name)},` +
    `"exposed":${text(exposed)},"rule":${text(rule)}`
  )
}

/** Of a call that wants nothing, or what nobody knows: the beginning of its
 * name, which may be of any length. */
export function renderNoUse(asked: string | undefined): string {
  const exposed = text(asked?.slice(0, LONGEST_NAME) ?? null)
  return `"server":null,"tool":null,"exposed":${exposed},"rule":null`
}

const LONGEST_NAME = 256

/** Names a conversation without giving away what could join it. */
export function hashConversation(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 16)
}

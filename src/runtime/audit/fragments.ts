// Parts of audit records that many records share, each rendered once.
// In: who, from where, what. Out: members of a JSON object, without braces.
// INVARIANT: no secret, no token and no session id is ever among them.

import { hash } from 'node:crypto'
import type { AuditRule } from '../../contract/audit.ts'
import type { TokenRecord } from '../../contract/table.ts'
import { clip, text } from '../base/json-text.ts'

/** Of a token, for as long as its record stands. */
export function renderPrincipal(token: TokenRecord): string {
  return (
    `"tokenId":${text(token.id)},"subject":${clip(token.subject, LONGEST_OWN)},` +
    `"team":${text(token.team)},"roles":${renderRoles(token.roles)}`
  )
}

/** What the reviewed config says, which may be long too. */
const LONGEST_OWN = 160
const MAX_ROLES = 8

function renderRoles(roles: readonly string[]): string {
  if (roles.length <= MAX_ROLES) return text(roles)
  const left = `… (${roles.length - MAX_ROLES} more)`
  return text([...roles.slice(0, MAX_ROLES), left])
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
    `"server":${text(server)},"tool":${clip(name)},` +
    `"exposed":${clip(exposed)},"rule":${rule ? renderRule(rule) : 'null'}`
  )
}

function renderRule({ pointer, at }: AuditRule): string {
  return `{"pointer":${clip(pointer)},"at":${clip(at, LONGEST_OWN)}}`
}

/** Of a call that wants nothing, or what nobody knows. */
export function renderNoUse(name: string | undefined): string {
  return `"server":null,"tool":null,"exposed":${clip(name ?? null)},"rule":null`
}

/** Names a conversation without giving away what could join it. */
export function hashConversation(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 16)
}

// Parts of audit records that many records share, rendered once.
// INVARIANT: no secret, token or session id is in a fragment.

import { hash } from 'node:crypto'
import type { AuditRule, UpstreamIdentity } from '../../contract/audit.ts'
import type { Person } from '../../contract/login.ts'
import type { TokenRecord } from '../../contract/table.ts'
import { clip, text } from '../base/json-text.ts'

/** Fields of a token. */
export function renderPrincipal(
  token: Pick<TokenRecord, 'id' | 'subject' | 'team' | 'roles'>,
): string {
  return (
    `"tokenId":${text(token.id)},"subject":${clip(token.subject, LONGEST_OWN)},` +
    `"team":${text(token.team)},"roles":${renderRoles(token.roles)}`
  )
}

/** Fields of a person of the company's login. */
export function renderPerson(
  token: Pick<TokenRecord, 'id' | 'subject' | 'team' | 'roles'>,
  { issuer, client }: Pick<Person, 'issuer' | 'client'>,
): string {
  return (
    `${renderPrincipal(token)},"login":{"issuer":${clip(issuer, LONGEST_OWN)},` +
    `"client":${clip(client, LONGEST_OWN)}}`
  )
}

/** Most bytes of a text of the config. */
const LONGEST_OWN = 160
const MAX_ROLES = 8

function renderRoles(roles: readonly string[]): string {
  if (roles.length <= MAX_ROLES) return text(roles)
  const left = `… (${roles.length - MAX_ROLES} more)`
  return text([...roles.slice(0, MAX_ROLES), left])
}

/** Fields of a conversation: a legacy session, or a modern trace. */
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

/** Fields of a use and of the rule that decided. */
export function renderUse(
  server: string,
  name: string,
  exposed: string,
  rule: AuditRule | null,
  identity?: UpstreamIdentity,
): string {
  const own = identity ? `"upstreamIdentity":"${identity}",` : ''
  return (
    `"server":${text(server)},${own}"tool":${clip(name)},` +
    `"exposed":${clip(exposed)},"rule":${rule ? renderRule(rule) : 'null'}`
  )
}

function renderRule({ pointer, at }: AuditRule): string {
  return `{"pointer":${clip(pointer)},"at":${clip(at, LONGEST_OWN)}}`
}

/** Fields of a request without a use; `name`: as the client wrote it. */
export function renderNoUse(name: string | undefined): string {
  return `"server":null,"tool":null,"exposed":${clip(name ?? null)},"rule":null`
}

/** Hashes the id of a conversation, so that the audit does not hold it. */
export function hashConversation(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 16)
}

// As whom a server sees the calls that it gets.
// In: a server of the table. Out: one word or line; nothing without a credential.
// INVARIANT: names references and clients, never a secret.

import type { UpstreamIdentity } from '../contract/audit.ts'
import type { ClientCredentials, Server } from '../contract/table.ts'
import { findReferences, formatWritten } from './references.ts'

/** Whose credential goes to it: that of a header, or a token of the gateway. */
export function nameIdentity(
  server: Server | undefined,
): UpstreamIdentity | undefined {
  if (server?.type !== 'http') return undefined
  if (server.auth) return 'gateway'
  const isHeader = Object.values(server.headers).some(
    (value) => typeof value !== 'string',
  )
  return isHeader ? 'header' : undefined
}

export function describeIdentity(server: Server): string | null {
  if (server.type !== 'http') return null
  const { auth, headers, url } = server
  if (auth) return describeClient(auth)
  const named = Object.entries(headers).flatMap(([name, value]) =>
    findReferences(value).map((ref) => `header ${name} from ${ref}`),
  )
  const refs = findReferences(url)
  const all = refs.length === 0 ? named : [...named, formatWritten(url)]
  return all.length === 0 ? null : `the same for all callers: ${all.join(', ')}`
}

function describeClient({ client, issuer }: ClientCredentials): string {
  const of = issuer ?? 'the authorization server that it names'
  return `the same for all callers: client ${client.id} of ${of}, by an access token of the gateway`
}

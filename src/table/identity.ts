// As whom a server sees the calls that it gets.
// In: a server of the table. Out: one word or line; nothing without a credential.
// INVARIANT: names references and clients, never a secret.

import type { UpstreamIdentity } from '../contract/audit.ts'
import type { Server, SignInSettings } from '../contract/table.ts'
import { findReferences, formatWritten, showReference } from './references.ts'

/** Whose credential goes to it: that of a header, or a token of the gateway. */
export function nameIdentity(
  server: Server | undefined,
): UpstreamIdentity | undefined {
  if (server?.type !== 'http') return undefined
  if (server.auth?.type === 'oauth' && server.auth.as === 'person') {
    return 'person'
  }
  if (server.auth) return 'gateway'
  const isHeader = Object.values(server.headers).some(
    (value) => typeof value !== 'string',
  )
  return isHeader ? 'header' : undefined
}

export function describeIdentity(server: Server): string | null {
  if (server.type !== 'http') return null
  const { auth, headers, url } = server
  if (auth) return describeSignIn(auth)
  const named = Object.entries(headers).flatMap(([name, value]) =>
    findReferences(value).map(
      (ref) => `header ${name} from ${showReference(ref)}`,
    ),
  )
  const refs = findReferences(url)
  const all = refs.length === 0 ? named : [...named, formatWritten(url)]
  return all.length === 0 ? null : `the same for all callers: ${all.join(', ')}`
}

function describeSignIn(auth: SignInSettings): string {
  const { type, client, issuer } = auth
  const of = issuer ?? 'the authorization server that it names'
  if (type === 'oauth') {
    if (auth.via === 'login') {
      return `each person’s own: an account at ${of}, for which the company’s provider vouches`
    }
    return auth.as === 'person'
      ? `each person’s own: an account at ${of}, after the person has signed in`
      : `the same for all callers: an account at ${of}, after an operator has signed in`
  }
  return `the same for all callers: client ${client.id} of ${of}, by an access token of the gateway`
}

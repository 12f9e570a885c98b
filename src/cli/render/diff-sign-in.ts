// Changes of how the gateway signs in to a server, for a reviewer.
// In: a change at `auth` or below it. Out: a few words.
// INVARIANT: says whose account the server sees from now on, and who gives the
// tokens; shows references, never a value.

import type { OAuthClient, SignInSettings } from '../../contract/table.ts'
import type { SettingChange } from '../../table/diff/settings.ts'
import { formatValue } from './diff-words.ts'

/** "people now sign in to server notion with accounts of their own" */
export function formatSignIn(server: string, change: SettingChange): string {
  const { keys, after } = change
  const [member, ...below] = keys.slice(3)
  if (member === undefined) return formatKind(server, after)
  if (member === 'as') return formatAccounts(server, after)
  if (member === 'via') return formatAccounts(server, 'person', after)
  if (member === 'issuer') {
    const at = after === null ? 'where the server says' : `at ${after}`
    return `the sign-in to server ${server} is now ${at}`
  }
  if (member === 'client' && (below.length === 0 || below[0] === 'id')) {
    const id = typeof after === 'string' ? after : (after as OAuthClient)?.id
    return id === undefined
      ? `the gateway now registers itself at the authorization server of ${server}`
      : `the gateway is now client ${id} at the authorization server of ${server}`
  }
  if (member === 'scopes') return formatScopes(server, after)
  const name = [member, ...below].join('.')
  return after === undefined
    ? `${name} of the sign-in to server ${server} was removed`
    : `${name} of the sign-in to server ${server} is now ${formatValue(after, keys)}`
}

function formatKind(server: string, after: unknown): string {
  if (typeof after !== 'object' || after === null) {
    return `nobody signs in to server ${server} any more`
  }
  const auth = after as SignInSettings
  return auth.type === 'oauth'
    ? formatAccounts(server, auth.as, auth.via)
    : `the gateway now signs in to server ${server} as client ${auth.client.id}`
}

function formatAccounts(server: string, as: unknown, via?: unknown): string {
  if (via === 'login') {
    return `the company’s provider now vouches for people at server ${server}, with accounts of their own`
  }
  return as === 'person'
    ? `people now sign in to server ${server} with accounts of their own`
    : `an operator now signs in to server ${server}, with one account for all`
}

function formatScopes(server: string, after: unknown): string {
  const scopes = Array.isArray(after)
    ? after.join(' ') || 'none'
    : 'those that it asks for'
  return `the scopes of server ${server} are now ${scopes}`
}

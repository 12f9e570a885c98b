// What clients say about signing in, as `auth` of a server.
// In: a key of a server with its value. Out: `auth` of the entry.
// INVARIANT: a client secret is marked as secret before anything else reads it.

import { foreignHelp } from '../../check/foreign.ts'
import { ask, drop, type Entry, type SignIn } from './entry.ts'
import { membersOf } from './forms.ts'

export function readSignIn(entry: Entry, value: unknown, key: string): void {
  if (value === false || value === 'none') return
  const before = entry.auth ?? {}
  if (key === 'scopes') {
    entry.auth = { ...before, ...scopesOf(value) }
  } else if (key === 'oauth_resource') {
    if (typeof value === 'string') entry.auth = { ...before, resource: value }
  } else if (typeof value === 'object') {
    entry.auth = { ...before, ...readMembers(entry, membersOf(value), key) }
  } else if (value === true || value === 'oauth') {
    entry.auth = before
  } else if (key === 'authProviderType') {
    if (value === 'dynamic_discovery') entry.auth = before
    else {
      ask(
        entry,
        'auth',
        'the client signed in with an account of Google Cloud: how does the gateway?',
      )
    }
  } else drop(entry, key, 'the gateway signs in with `auth: oauth({ … })`')
}

function readMembers(
  entry: Entry,
  { enabled, ...members }: Readonly<Record<string, unknown>>,
  key: string,
): SignIn {
  const found: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members)) {
    const plain = name.toLowerCase().replaceAll('_', '')
    if (plain === 'clientid' && typeof value === 'string') found.id = value
    else if (plain === 'clientsecret' && typeof value === 'string') {
      found.clientSecret = value
    } else if (/^scopes?$/.test(plain)) Object.assign(found, scopesOf(value))
    else {
      const help = foreignHelp('signIn', name)
      drop(
        entry,
        `${key}.${name}`,
        help ?? 'the gateway has nothing for this key',
      )
    }
  }
  return found
}

function scopesOf(value: unknown): Pick<SignIn, 'scopes'> {
  const words = typeof value === 'string' ? value.split(/[\s,]+/) : value
  if (!Array.isArray(words)) return {}
  const scopes = words.filter((one) => typeof one === 'string' && one !== '')
  return scopes.length > 0 ? { scopes } : {}
}

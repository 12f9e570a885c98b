// How the gateway signs in to servers: whether it can work as written.
// In: a config of valid shape. Out: findings.
// INVARIANT: a parameter of a request is written once; no two people use one
// session of a server that sees their accounts.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { HttpServerConfig } from '../contract/servers.ts'
import type {
  ClientCredentialsConfig,
  SignInConfig,
} from '../contract/sign-in.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'
import { checkAddresses } from './sign-in-addresses.ts'
import { checkVouched } from './vouched.ts'

/** The gateway writes these itself: parameter → the key that sets it. */
const OWN: Readonly<Record<SignInConfig['type'], ReadonlyMap<string, string>>> =
  Object.freeze({
    clientCredentials: new Map([
      ['grant_type', ''],
      ['client_id', '`client.id`'],
      ['client_secret', '`client.secret`'],
      ['client_assertion', '`client.key`'],
      ['client_assertion_type', '`client.key`'],
      ['scope', '`scopes`'],
      ['resource', '`resource`'],
    ]),
    oauth: new Map([
      ['client_id', '`client.id`'],
      ['client_secret', '`client.secret`'],
      ['redirect_uri', '`listen.publicUrl`, with which it begins'],
      ['scope', '`scopes`'],
      ['resource', '`resource`'],
      ['state', ''],
      ['response_type', ''],
      ['code_challenge', ''],
      ['code_challenge_method', ''],
      ['code_verifier', ''],
      ['request', ''],
      ['request_uri', ''],
    ]),
  })

export function checkSignIn({
  servers,
  login,
}: GatewayConfig): readonly Diagnostic[] {
  return each(servers, '/servers').flatMap(([server, at]) => {
    if (server.type !== 'http' || !server.auth) return []
    const { auth } = server
    const own = joinPointer(at, 'auth')
    return [
      ...findRivals(server, at),
      ...(auth.type === 'oauth'
        ? [...findMixed(server, at), ...checkVouched(auth, own, login)]
        : findUnaddressed(auth, own)),
      ...checkAddresses(auth, own),
      ...checkParameters(auth, own),
    ]
  })
}

/** A header that would replace the token, or be replaced by it. */
function findRivals(
  { headers = {} }: HttpServerConfig,
  at: string,
): readonly Diagnostic[] {
  return Object.keys(headers)
    .filter((name) => name.toLowerCase() === 'authorization')
    .map((name) => {
      const pointer = joinPointer(at, 'headers', name)
      const message = `header ${quote(name)} is also what \`auth\` sends`
      const help =
        'keep `auth` for tokens of an authorization server, or the header for a credential that does not change'
      const notes = [
        { message: '`auth` is set here', pointer: joinPointer(at, 'auth') },
      ]
      return finding('GW2022', pointer, message, { help, notes })
    })
}

/** One session of a server, with the accounts of several people. */
function findMixed(
  { isolation, auth }: HttpServerConfig,
  at: string,
): readonly Diagnostic[] {
  if (isolation !== 'shared') return []
  if (auth?.type !== 'oauth' || auth.as !== 'person') return []
  const pointer = joinPointer(at, 'isolation')
  const message = `${showPath(at)} is \`shared\`, but each person signs in to it with an account of their own`
  const help =
    "remove `isolation`, or write isolation: 'principal'; for one account for all write as: 'gateway'"
  const notes = [
    { message: 'it is set here', pointer: joinPointer(at, 'auth', 'as') },
  ]
  return [finding('GW2022', pointer, message, { help, notes })]
}

/** A reviewer sees where a secret is sent; the server does not choose it. */
function findUnaddressed(
  { issuer, client }: ClientCredentialsConfig,
  at: string,
): readonly Diagnostic[] {
  if (issuer !== undefined || client.secret === undefined) return []
  const pointer = joinPointer(at, 'client', 'secret')
  const message = `${showPath(pointer)} would be sent to whatever authorization server the server names`
  const help =
    "add `issuer`, the only one that gets it: issuer: 'https://id.example.com'; only a `key` needs none, because it is never sent"
  return [finding('GW2022', pointer, message, { help })]
}

function checkParameters(
  { type, parameters = {} }: SignInConfig,
  at: string,
): readonly Diagnostic[] {
  return Object.keys(parameters)
    .filter((name) => OWN[type].has(name))
    .map((name) => {
      const pointer = joinPointer(at, 'parameters', name)
      const key = OWN[type].get(name)
      const message = `parameter ${quote(name)} is written by the gateway itself`
      const help = key ? `remove it, and write ${key}` : 'remove it'
      return finding('GW2022', pointer, message, { help })
    })
}

// How the gateway signs in to servers: whether it can work as written.
// In: a config of valid shape. Out: findings.
// INVARIANT: a client secret is never sent in the clear, nor chosen by a server
// whose issuer is named here; a parameter of the grant is written once.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { isLoopback } from '../contract/hosts.ts'
import type { HttpServerConfig } from '../contract/servers.ts'
import type { ClientCredentialsConfig } from '../contract/sign-in.ts'
import { maskCredentials, quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'
import { readPlaceholder } from './references.ts'

/** The gateway writes these itself: parameter → the key that sets it. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['grant_type', ''],
  ['client_id', '`client.id`'],
  ['client_secret', '`client.secret`'],
  ['client_assertion', '`client.key`'],
  ['client_assertion_type', '`client.key`'],
  ['scope', '`scopes`'],
  ['resource', '`resource`'],
])

export function checkSignIn({ servers }: GatewayConfig): readonly Diagnostic[] {
  return each(servers, '/servers').flatMap(([server, at]) => {
    if (server.type !== 'http') return []
    if (server.auth?.type !== 'clientCredentials') return []
    const own = joinPointer(at, 'auth')
    return [
      ...findRivals(server, at),
      ...findUnaddressed(server.auth, own),
      ...checkAddresses(server.auth, own),
      ...checkParameters(server.auth, own),
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

function checkAddresses(
  { issuer, tokenEndpoint, resource }: ClientCredentialsConfig,
  at: string,
): readonly Diagnostic[] {
  const found = [
    ...checkAddress(issuer, joinPointer(at, 'issuer')),
    ...checkAddress(tokenEndpoint, joinPointer(at, 'tokenEndpoint')),
    ...checkResource(resource, joinPointer(at, 'resource')),
  ]
  if (tokenEndpoint === undefined || issuer !== undefined) return found
  const pointer = joinPointer(at, 'tokenEndpoint')
  const message = `${showPath(pointer)} is set without an \`issuer\``
  const help =
    'add `issuer`, which the gateway names when it signs; or remove `tokenEndpoint`, so that it is looked up'
  return [...found, finding('GW2022', pointer, message, { help })]
}

function checkAddress(
  address: string | undefined,
  pointer: string,
): readonly Diagnostic[] {
  if (address === undefined || readPlaceholder(address)) return []
  const fault = describeAddress(address)
  if (!fault) return []
  const shown = quote(
    maskCredentials(address).replace(/\/\/[^/]*@|[?#].*/g, '…'),
  )
  const message = `${showPath(pointer)}: ${shown} ${fault}`
  const help =
    "write an https address without a query: 'https://id.example.com'; http is accepted only on this host"
  return [finding('GW2022', pointer, message, { help })]
}

function describeAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return 'is not an address'
  const { protocol, hostname, username, password } = new URL(address)
  const isHere = isLoopback(hostname.replace(/^\[|\]$/g, ''))
  if (protocol !== 'https:' && !(protocol === 'http:' && isHere)) {
    return 'would send credentials without encryption'
  }
  if (username !== '' || password !== '') return 'holds credentials'
  return /[?#]/.test(address) ? 'holds a query or a fragment' : undefined
}

/** RFC 8707, 2: an absolute URI without a fragment. */
function checkResource(
  resource: string | false | undefined,
  pointer: string,
): readonly Diagnostic[] {
  if (resource === undefined || resource === false) return []
  if (URL.canParse(resource) && !resource.includes('#')) return []
  if (readPlaceholder(resource)) return []
  const message = `${showPath(pointer)}: ${quote(maskCredentials(resource))} is not an address without a fragment`
  const help =
    "write the address that the server's operator names, or `false` for an authorization server that refuses the parameter"
  return [finding('GW2022', pointer, message, { help })]
}

function checkParameters(
  { parameters = {} }: ClientCredentialsConfig,
  at: string,
): readonly Diagnostic[] {
  return Object.keys(parameters)
    .filter((name) => OWN.has(name))
    .map((name) => {
      const pointer = joinPointer(at, 'parameters', name)
      const key = OWN.get(name)
      const message = `parameter ${quote(name)} is written by the gateway itself`
      const help = key ? `remove it, and write ${key}` : 'remove it'
      return finding('GW2022', pointer, message, { help })
    })
}

// The addresses of a sign-in: where tokens come from, and what they are for.
// In: the authored `auth` of a server. Out: findings.
// INVARIANT: credentials travel only over https, or within this host; an
// address that replaces metadata stands beside the issuer that it belongs to.

import type { Diagnostic } from '../contract/diagnostic.ts'
import { isLoopback } from '../contract/hosts.ts'
import type { OAuthConfig, SignInConfig } from '../contract/sign-in.ts'
import { maskCredentials, quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { readPlaceholder } from './references.ts'

export function checkAddresses(
  auth: SignInConfig,
  at: string,
): readonly Diagnostic[] {
  const { issuer, tokenEndpoint, resource } = auth
  const found = [
    ...checkAddress(issuer, joinPointer(at, 'issuer')),
    ...checkAddress(tokenEndpoint, joinPointer(at, 'tokenEndpoint')),
    ...checkResource(resource, joinPointer(at, 'resource')),
  ]
  if (auth.type === 'oauth') return [...found, ...checkEndpoints(auth, at)]
  if (tokenEndpoint === undefined || issuer !== undefined) return found
  const pointer = joinPointer(at, 'tokenEndpoint')
  const message = `${showPath(pointer)} is set without an \`issuer\``
  const help =
    'add `issuer`, which the gateway names when it signs; or remove `tokenEndpoint`, so that it is looked up'
  return [...found, finding('GW2022', pointer, message, { help })]
}

/** They replace the metadata of an issuer: all of it, and of one that is named. */
function checkEndpoints(auth: OAuthConfig, at: string): readonly Diagnostic[] {
  const { authorizationEndpoint, issuer } = auth
  const found = checkAddress(
    authorizationEndpoint,
    joinPointer(at, 'authorizationEndpoint'),
  )
  const [given, other] =
    authorizationEndpoint === undefined
      ? (['tokenEndpoint', 'authorizationEndpoint'] as const)
      : (['authorizationEndpoint', 'tokenEndpoint'] as const)
  if (auth[given] === undefined) return found
  const pointer = joinPointer(at, given)
  const lacks = [
    ...(auth[other] === undefined ? [other] : []),
    ...(issuer === undefined ? ['issuer'] : []),
  ].map((key) => `\`${key}\``)
  if (lacks.length === 0) return found
  const message = `${showPath(pointer)} is set without ${lacks.join(' and ')}`
  const help = `add ${lacks.join(' and ')}: together they replace the metadata of the issuer; or remove \`${given}\`, so that it is looked up`
  return [...found, finding('GW2022', pointer, message, { help })]
}

function checkAddress(
  address: string | undefined,
  pointer: string,
): readonly Diagnostic[] {
  if (address === undefined || readPlaceholder(address)) return []
  const fault = describeAddress(address)
  if (!fault) return []
  const message = `${showPath(pointer)}: ${showAddress(address)} ${fault}`
  const help =
    "write an https address without a query: 'https://id.example.com'; http is accepted only on this host"
  return [finding('GW2022', pointer, message, { help })]
}

/** What no credential may be sent to. */
export function describeAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return 'is not an address'
  const { protocol, hostname, username, password } = new URL(address)
  const isHere = isLoopback(hostname.replace(/^\[|\]$/g, ''))
  if (protocol !== 'https:' && !(protocol === 'http:' && isHere)) {
    return 'would send credentials without encryption'
  }
  if (username !== '' || password !== '') return 'holds credentials'
  return /[?#]/.test(address) ? 'holds a query or a fragment' : undefined
}

/** Without what no message may repeat. */
export function showAddress(address: string): string {
  return quote(maskCredentials(address).replace(/\/\/[^/]*@|[?#].*/g, '…'))
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

// The company's login: whether it can work as written, and lets in nobody else.
// In: a config of valid shape. Out: findings.
// INVARIANT: keys of the provider travel only over https, or within this host;
// who may choose their own claims at a provider is nobody here.

import type { GatewayConfig } from '../contract/config.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { LoginConfig } from '../contract/login.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { readPlaceholder } from './references.ts'
import { describeAddress, showAddress } from './sign-in-addresses.ts'

export function checkLogin(gateway: GatewayConfig): readonly Diagnostic[] {
  const { login } = gateway
  if (!login) return []
  const { issuer, jwks, introspection } = login
  return [
    ...checkAddress(issuer, '/login/issuer'),
    ...checkAddress(jwks, '/login/jwks'),
    ...checkAddress(introspection?.endpoint, '/login/introspection/endpoint'),
    ...checkProvider(login),
    ...checkPath(gateway),
    ...checkRivals(login),
    ...checkGroups(login),
  ]
}

function say(at: string, message: string, help: string): readonly Diagnostic[] {
  return [finding('GW2030', at, message, { help })]
}

function checkAddress(
  address: string | undefined,
  at: string,
): readonly Diagnostic[] {
  if (address === undefined || readPlaceholder(address)) return []
  const fault = describeAddress(address)
  if (!fault) return []
  return say(
    at,
    `${showPath(at)}: ${showAddress(address)} ${fault}`,
    "write the https address of the provider: 'https://acme.okta.com/oauth2/default'; http is accepted only on this host",
  )
}

/** Issuers of everybody, and those whose access tokens cannot be checked. */
function checkProvider(login: LoginConfig): readonly Diagnostic[] {
  const { issuer, server } = login
  if (!URL.canParse(issuer)) return []
  const { hostname, pathname } = new URL(issuer)
  const [, tenant = ''] = pathname.split('/')
  const at = '/login/issuer'
  if (
    /^(?:login\.microsoftonline\.|sts\.windows\.)/.test(hostname) &&
    ['', 'common', 'organizations', 'consumers'].includes(tenant)
  ) {
    return say(
      at,
      `${showPath(at)} ${quote(issuer)} is of every company that uses the provider, and each of them chooses the email addresses of its people`,
      "write the issuer of your tenant: 'https://login.microsoftonline.com/TENANT-ID/v2.0', and subject: 'oid'",
    )
  }
  if (hostname !== 'accounts.google.com' || server) return []
  return say(
    at,
    `${showPath(at)}: access tokens of Google can be checked by nobody but Google`,
    'add `server`, so that the gateway gives tokens of its own after a sign-in with Google',
  )
}

/** Paths of the public listener, with all below those that end with `/`. */
const TAKEN: readonly (readonly [string, string])[] = [
  ['/connect/', 'where the pages are on which people sign in'],
  ['/login/', 'where the authorization server of the gateway is'],
  ['/register/', 'where clients try to register'],
  ['/.well-known/', 'where clients read metadata'],
  ['/livez/', 'which says whether the gateway runs'],
  ['/readyz/', 'which says whether the gateway is ready'],
]

function checkPath({ login, listen }: GatewayConfig): readonly Diagnostic[] {
  const path = login?.path ?? DEFAULTS.login.path
  const own = listen?.path ?? DEFAULTS.listen.path
  const at = login?.path === undefined ? '/login' : '/login/path'
  const plain = path.replace(/\/+$/, '')
  const help = `write another path, or remove it: the default is \`${DEFAULTS.login.path}\``
  if (plain === own.replace(/\/+$/, '')) {
    return say(
      at,
      `the path ${quote(path)} is that of \`listen.path\` too: clients drop a token from their configuration where they find a login`,
      help,
    )
  }
  const [taken, what] =
    TAKEN.find(([one]) => `${path}/`.startsWith(one)) ??
    (plain === '' ? ['/', 'which hides every other page'] : [])
  if (taken === undefined) return []
  return say(
    at,
    `the path ${quote(path)} begins with \`${taken}\`, ${what}`,
    help,
  )
}

/** Keys that say something of tokens of the provider, which are not accepted
 * where the gateway gives its own. */
function checkRivals(login: LoginConfig): readonly Diagnostic[] {
  if (!login.server) return []
  const instead: Readonly<Partial<Record<keyof LoginConfig, string>>> = {
    audience: 'remove it: tokens of the gateway itself are for its endpoint',
    clients:
      'remove it, and write which hosts clients may be of: `server.redirects`',
    introspection: 'remove it: tokens of the gateway itself are JWTs',
  }
  return Object.entries(instead).flatMap(([key, help]) => {
    if (login[key as keyof LoginConfig] === undefined) return []
    const at = joinPointer('/login', key)
    const message = `${showPath(at)} is about tokens of the provider, which are not accepted beside \`server\``
    return say(at, message, help)
  })
}

/** JavaScript moves keys that look like numbers to the front, by number. */
function checkGroups({ teams }: LoginConfig): readonly Diagnostic[] {
  const names = Object.keys(teams.map)
  const odd = names.find((name) => /^(?:0|[1-9]\d{0,9})$/.test(name))
  if (odd === undefined || names.length < 2) return []
  const at = joinPointer('/login/teams/map', odd)
  const message = `group ${quote(odd)} is a number: it comes before every group with a name, wherever it is written`
  const help =
    'if somebody may be in several of these groups, let the provider send their names'
  return [finding('GW2031', at, message, { help })]
}

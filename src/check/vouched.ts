// Servers at which the company's provider vouches for people: `via: 'login'`.
// In: the authored `auth` of a server, the login. Out: findings.
// INVARIANT: a gateway without a client at the provider, or at the server's
// authorization server, could not get a token for anybody.

import type { Diagnostic } from '../contract/diagnostic.ts'
import type { LoginConfig } from '../contract/login.ts'
import type { OAuthConfig } from '../contract/sign-in.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'

export function checkVouched(
  auth: OAuthConfig,
  at: string,
  login: LoginConfig | undefined,
): readonly Diagnostic[] {
  const { via, as, client } = auth
  if (via === undefined) return []
  const pointer = joinPointer(at, 'via')
  const place = showPath(pointer)
  const say = (message: string, help: string) =>
    finding('GW2022', pointer, message, { help })
  return [
    ...(as === 'gateway'
      ? [
          say(
            `${place} is for accounts of people, and \`as\` is \`gateway\``,
            "write as: 'person', or remove `via`",
          ),
        ]
      : []),
    ...(login?.server
      ? []
      : [
          say(
            `${place} is \`login\`, but there is no \`login.server\`: nobody signs in at a provider that could vouch for them`,
            'add `login` with a `server`, whose `client` is the gateway at the provider; or remove `via`, so that each person signs in at the server',
          ),
        ]),
    ...(client?.secret || client?.key
      ? []
      : [say(...describeLack(client, place))]),
    ...findUnused(auth, at),
  ]
}

function describeLack(
  client: OAuthConfig['client'],
  place: string,
): readonly [message: string, help: string] {
  const lack = client
    ? '`client` has no `secret` and no `key`'
    : 'there is no `client`'
  return [
    `${place} is \`login\`, but ${lack}: an authorization server takes the word of a provider only from a client that it knows`,
    "register the gateway at the authorization server of the server, for the grant urn:ietf:params:oauth:grant-type:jwt-bearer, and write it as client: { id: '…', secret: secret('env:…') } or with a `key`",
  ]
}

/** What belongs to a sign-in in a browser, and would have no effect. */
function findUnused(auth: OAuthConfig, at: string): readonly Diagnostic[] {
  const keys = ['parameters', 'tokenIn'] as const
  return keys
    .filter((key) => auth[key] !== undefined)
    .map((key) => {
      const pointer = joinPointer(at, key)
      const message = `${showPath(pointer)} is for a sign-in in a browser, and with \`via\` there is none`
      return finding('GW2022', pointer, message, {
        help: `remove \`${key}\`, or \`via\``,
      })
    })
}

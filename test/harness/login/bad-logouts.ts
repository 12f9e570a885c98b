// What is no logout token of the provider, though it looks like one.
// In: the provider, good claims, a key of somebody else. Out: tokens by name.

import { createHmac, createSecretKey } from 'node:crypto'
import { type Company, type Signer, sign } from './company.ts'

interface Scene {
  readonly company: Company
  claims(): Readonly<Record<string, unknown>>
  logout(claims?: object, header?: object): Promise<string>
  now(): number
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const write = (part: object) =>
  Buffer.from(JSON.stringify(part)).toString('base64url')

export async function makeBadLogouts(
  { company, claims, logout, now }: Scene,
  foreign: Signer,
): Promise<readonly (readonly [string, string])[]> {
  const good = await logout()
  const [head = '', body = '', signature = ''] = good.split('.')
  const unsigned = (header: object, more: object = {}) =>
    `${write({ typ: 'logout+jwt', ...header })}.${write({ ...claims(), ...more })}`
  const shared = unsigned({ alg: 'HS256', kid: company.signer.kid })
  const secret = createSecretKey(
    Buffer.from(JSON.stringify(company.signer.publicJwk)),
  )
  const mac = createHmac('sha256', secret).update(shared).digest('base64url')
  const header = { typ: 'logout+jwt' }
  const claimed: readonly [string, object][] = [
    ['of another issuer', { iss: 'https://other.example' }],
    ['of the issuer with a slash', { iss: `${company.issuer}/` }],
    ['for another client', { aud: 'somebody' }],
    ['for the endpoint, not for a client', { aud: company.audience }],
    ['for nobody', { aud: undefined }],
    ['an audience that is no text', { aud: { 0: 'claude' } }],
    ['with a nonce', { nonce: 'x' }],
    ['with a nonce of null', { nonce: null }],
    ['no events', { events: undefined }],
    ['events in a list', { events: [EVENT] }],
    ['another event', { events: { 'urn:other': {} } }],
    ['an event that is no object', { events: { [EVENT]: true } }],
    ['an event of null', { events: { [EVENT]: null } }],
    ['no jti', { jti: undefined }],
    ['a jti that is no text', { jti: 7 }],
    ['no iat', { iat: undefined }],
    ['an iat that is a text', { iat: String(now()) }],
    ['an old one without an end', { iat: now() - 600, exp: undefined }],
    ['an old one with a late end', { iat: now() - 600, exp: now() + 9_999 }],
    ['expired', { iat: now() - 120, exp: now() - 60 }],
    ['of tomorrow', { iat: now() + 86_400, exp: now() + 90_000 }],
    ['not valid yet', { nbf: now() + 300 }],
    ['nobody is named', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['a sub that is no text', { sub: ['00u-ada'] }],
    ['a sid that is no text', { sid: 1 }],
  ]
  const headed: readonly [string, object][] = [
    ['an access token by its header', { typ: 'at+jwt' }],
    ['an identity assertion by its header', { typ: 'oauth-id-jag+jwt' }],
    ['an unknown key', { kid: 'nobody' }],
    ['a critical extension', { crit: ['b64'], b64: true }],
  ]
  return [
    ['nothing', ''],
    ['no JWT', 'this-is-no-jwt'],
    ['an access token', await company.sign()],
    ['alg none', `${unsigned({ alg: 'none' })}.`],
    ['alg none with a signature', `${unsigned({ alg: 'none' })}.${signature}`],
    ['a shared secret, by the public key', `${shared}.${mac}`],
    ['no signature', `${head}.${body}.`],
    [
      'other claims under its signature',
      `${head}.${write({ ...claims(), sub: 'ben' })}.${signature}`,
    ],
    [
      'of the key of another',
      await sign(claims(), { ...header, kid: company.signer.kid }, foreign),
    ],
    [
      'with a key of its own',
      await sign(claims(), { ...header, jwk: foreign.publicJwk }, foreign),
    ],
    [
      'with an address of keys',
      await sign(
        claims(),
        { ...header, jku: 'http://127.0.0.1:1/keys' },
        foreign,
      ),
    ],
    ...(await Promise.all(
      claimed.map(async ([name, one]) => [name, await logout(one)] as const),
    )),
    ...(await Promise.all(
      headed.map(async ([name, one]) => [name, await logout({}, one)] as const),
    )),
  ]
}

// Claims that must be refused, in tokens whose signature is right.
// In: a provider. Out: tokens with the refusal of each.
// INVARIANT: each row differs from a good token in what its name says.

import type { Company } from './company.ts'

export interface BadToken {
  readonly name: string
  readonly token: string
  /** In `error_description`, or in the sentence of a 403. */
  readonly says: RegExp
  /** 401 where it is absent. */
  readonly status?: 403
  /** Refused by its form, algorithm or issuer: nothing is fetched. */
  readonly early?: true
}

export type Made = Promise<readonly BadToken[]>

export async function makeWrongClaims(company: Company): Made {
  const { iss } = company.claims()
  const seconds = Math.floor(company.now() / 1_000)
  const early = { says: /another issuer/, early: true } as const
  const lacks = (claim: string) => ({
    says: new RegExp(`valid claim ${claim}`),
  })
  const issuers = [`${iss}/`, 'https://evil.example.com', [iss], undefined]
  const one = async (
    name: string,
    claims: object,
    row: Omit<BadToken, 'name' | 'token'>,
  ) => ({
    name,
    token: await company.sign(claims),
    ...row,
  })
  return [
    ...(await Promise.all(
      issuers.map((issuer) => one(`iss ${issuer}`, { iss: issuer }, early)),
    )),
    await one('no exp', { exp: undefined }, lacks('exp')),
    await one('exp a text', { exp: `${seconds + 600}` }, lacks('exp')),
    await one('exp null', { exp: null }, lacks('exp')),
    await one('expired now', { exp: seconds }, { says: /has expired/ }),
    await one(
      'expired an hour ago',
      { exp: seconds - 3_600 },
      { says: /has expired/ },
    ),
    await one('no iat', { iat: undefined }, lacks('iat')),
    await one('iat a text', { iat: 'now' }, lacks('iat')),
    await one(
      'issued in an hour',
      { iat: seconds + 3_600 },
      { says: /not valid yet/ },
    ),
    await one(
      'nbf in a minute',
      { nbf: seconds + 60 },
      { says: /not valid yet/ },
    ),
    await one('nbf a text', { nbf: 'x' }, lacks('nbf')),
    await one(
      'too old',
      { iat: seconds - 3_601 },
      { says: /older than is accepted/ },
    ),
    await one('no aud', { aud: undefined }, { says: /another resource/ }),
    await one(
      'aud of another',
      { aud: 'api://other' },
      { says: /another resource/ },
    ),
    await one(
      'aud a part',
      { aud: company.audience.slice(0, -1) },
      { says: /another resource/ },
    ),
    await one(
      'aud with a slash',
      { aud: `${company.audience}/` },
      { says: /another resource/ },
    ),
    await one(
      'aud of mixed types',
      { aud: [company.audience, 7] },
      { says: /another resource/ },
    ),
    await one('no sub', { sub: undefined }, lacks('sub')),
    await one('sub empty', { sub: '' }, lacks('sub')),
    await one('sub an object', { sub: {} }, lacks('sub')),
    await one('sub with a line break', { sub: 'a\nb' }, lacks('sub')),
    await one('auth_time a text', { auth_time: 'x' }, lacks('auth_time')),
  ]
}

export async function makeOtherKinds(company: Company): Made {
  const one = async (
    name: string,
    claims: object,
    row: Omit<BadToken, 'name' | 'token'>,
  ) => ({
    name,
    token: await company.sign(claims, { typ: 'JWT' }),
    ...row,
  })
  const type = { says: /not an access token/ }
  const person = { status: 403 } as const
  return [
    await one('an ID token by nonce', { nonce: 'n' }, type),
    await one('an ID token by at_hash', { at_hash: 'h' }, type),
    await one('an ID token of Keycloak', { typ: 'ID' }, type),
    await one('a refresh token of Keycloak', { typ: 'Refresh' }, type),
    await one('a logout token', { events: {} }, type),
    await one(
      'bound to a key',
      { cnf: { jkt: 'x' } },
      { says: /bound to a key/ },
    ),
    await one(
      'no email',
      { email: undefined },
      { ...person, says: /claim email/ },
    ),
    await one(
      'email not verified',
      { email_verified: false },
      { ...person, says: /ada@acme.com is signed in, but .* not verified/ },
    ),
    await one(
      'not verified, in letters',
      { email_verified: 'false' },
      { ...person, says: /not verified/ },
    ),
    await one(
      'no groups',
      { groups: undefined },
      { ...person, says: /no claim groups/ },
    ),
    await one(
      'more groups than fit',
      { groups: undefined, _claim_names: { groups: 'src1' } },
      { ...person, says: /more groups than/ },
    ),
    await one(
      'no team',
      { groups: ['other'] },
      { ...person, says: /has a team here/ },
    ),
    await one(
      'groups a number',
      { groups: 7 },
      { ...person, says: /has a team here/ },
    ),
    await one(
      'groups of the prototype',
      { groups: ['__proto__', 'constructor'] },
      { ...person, says: /has a team here/ },
    ),
  ]
}

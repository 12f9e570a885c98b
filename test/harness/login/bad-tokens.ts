// Tokens that must be refused, one row each: how each is made, and the answer.
// In: a provider. Out: tokens with the refusal of each.
// INVARIANT: `early` ones are refused before a key is looked for.

import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { type Company, makeSigner, type Signer } from './company.ts'

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

const write = (value: object | string) =>
  Buffer.from(
    typeof value === 'string' ? value : JSON.stringify(value),
  ).toString('base64url')

export async function makeBadTokens(
  company: Company,
): Promise<readonly BadToken[]> {
  const rsa = await makeSigner('rsa', 'RS256')
  const small = makeSmall(company)
  const other = await makeSigner('first')
  const twice = await makeSigner('twice')
  company.keys = [
    company.signer.publicJwk,
    rsa.publicJwk,
    small.publicJwk,
    twice.publicJwk,
    { ...other.publicJwk, kid: 'twice' },
    { ...other.publicJwk, kid: 'for-encryption', use: 'enc' },
    { ...other.publicJwk, kid: 'to-sign', key_ops: ['sign'] },
    { ...other.publicJwk, kid: 'of-another-alg', alg: 'ES384' },
    { kty: 'oct', kid: 'shared', alg: 'HS256', k: write('x'.repeat(32)) },
  ]
  return [
    ...(await makeMalformed(company)),
    ...(await makeForged(company, rsa)),
    ...(await makeWrongHeaders(company, other)),
    ...(await makeWrongKeys(company, other, twice)),
    ...(await makeWrongClaims(company)),
    ...(await makeOtherKinds(company)),
    {
      name: 'a short RSA key',
      token: small.token,
      says: /signature of the token is wrong/,
    },
  ]
}

type Made = Promise<readonly BadToken[]>

async function makeMalformed(company: Company): Made {
  const good = await company.sign()
  const [head = '', body = '', mark = ''] = good.split('.')
  const early = { says: /not a signed JWT/, early: true } as const
  const doubled = JSON.stringify(company.claims()).replace(
    '{',
    '{"sub":"somebody-else",',
  )
  return [
    { name: 'nothing', token: '', ...early },
    { name: 'a word', token: 'password', ...early },
    { name: 'two parts', token: `${head}.${body}`, ...early },
    { name: 'no signature', token: `${head}.${body}.`, ...early },
    { name: 'four parts', token: `${good}.x`, ...early },
    { name: 'five parts, encrypted', token: `${good}.x.y`, ...early },
    { name: 'not base64url', token: `${head}.${body}.a+b/`, ...early },
    { name: 'padding', token: `${head}=.${body}.${mark}`, ...early },
    {
      name: 'bits left over',
      token: `${head}.${body}.${loosen(mark)}`,
      ...early,
    },
    {
      name: 'header not JSON',
      token: `${write('{')}.${body}.${mark}`,
      ...early,
    },
    { name: 'header a list', token: `${write([])}.${body}.${mark}`, ...early },
    {
      name: 'claims not JSON',
      token: `${head}.${write('x')}.${mark}`,
      ...early,
    },
    { name: 'claims a list', token: `${head}.${write([])}.${mark}`, ...early },
    {
      name: 'a claim twice',
      token: `${head}.${write(doubled)}.${mark}`,
      ...early,
    },
    {
      name: 'alg twice',
      token: `${write('{"alg":"none","alg":"ES256"}')}.${body}.${mark}`,
      ...early,
    },
    {
      name: 'nested too deeply',
      token: `${head}.${write(`${'{"a":'.repeat(99)}1${'}'.repeat(99)}`)}.${mark}`,
      ...early,
    },
  ]
}

/** The same bytes in another text. */
function loosen(part: string): string {
  const signs =
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = signs.indexOf(part.at(-1) ?? '')
  return part.slice(0, -1) + signs[last + 1]
}

async function makeForged(company: Company, rsa: Signer): Made {
  const good = await company.sign()
  const [head = '', body = '', mark = ''] = good.split('.')
  const early = { says: /algorithm not accepted/, early: true } as const
  const hmac = (alg: string, kid: string, key: string | Buffer) => {
    const start = `${write({ alg, kid, typ: 'JWT' })}.${body}`
    const hash = `sha${alg.slice(2)}`
    const made = createHmac(hash, key).update(start).digest('base64url')
    return `${start}.${made}`
  }
  const more = write({ ...company.claims(), groups: ['mcp-platform', 'x'] })
  return [
    {
      name: 'alg none',
      token: `${write({ alg: 'none' })}.${body}.${mark}`,
      ...early,
    },
    {
      name: 'alg NONE',
      token: `${write({ alg: 'NONE' })}.${body}.${mark}`,
      ...early,
    },
    {
      name: 'HMAC with the public key',
      token: hmac('HS256', 'rsa', JSON.stringify(rsa.publicJwk)),
      ...early,
    },
    {
      name: 'HMAC with a key of the set',
      token: hmac('HS256', 'shared', 'x'.repeat(32)),
      ...early,
    },
    { name: 'HS512', token: hmac('HS512', 'first', mark), ...early },
    {
      name: 'an algorithm that is not accepted',
      token: await company.sign({}, {}, await makeSigner('first', 'RS512')),
      ...early,
    },
    {
      name: 'alg not a text',
      token: `${write({ alg: ['ES256'] })}.${body}.${mark}`,
      says: /not a signed JWT/,
      early: true,
    },
    {
      name: 'other claims under the signature',
      token: `${head}.${more}.${mark}`,
      says: /signature of the token is wrong/,
    },
    {
      name: 'the signature of another token',
      token: `${head}.${body}.${(await company.sign({ sub: 'x' })).split('.')[2]}`,
      says: /signature of the token is wrong/,
    },
  ]
}

async function makeWrongHeaders(company: Company, other: Signer): Made {
  const extension = { says: /not understood here/, early: true } as const
  const type = { says: /not an access token/, early: true } as const
  const brought = { ...other, kid: 'unheard' }
  const unknown = { says: /does not publish its key/ } as const
  const at = `${company.issuer}/other-keys`
  return [
    {
      name: 'crit',
      token: await company.sign({}, { crit: ['b64'], b64: true }),
      ...extension,
    },
    {
      name: 'typ of an ID token',
      token: await company.sign({}, { typ: 'id+jwt' }),
      ...type,
    },
    {
      name: 'typ of a logout',
      token: await company.sign({}, { typ: 'logout+jwt' }),
      ...type,
    },
    {
      name: 'typ of DPoP',
      token: await company.sign({}, { typ: 'dpop+jwt' }),
      ...type,
    },
    {
      name: 'a key in the header',
      token: await company.sign({}, { jwk: other.publicJwk }, brought),
      ...unknown,
    },
    {
      name: 'jku',
      token: await company.sign({}, { jku: at }, brought),
      ...unknown,
    },
    {
      name: 'x5u',
      token: await company.sign({}, { x5u: at }, brought),
      ...unknown,
    },
    {
      name: 'kid a path',
      token: await company.sign({}, {}, { ...other, kid: '../../dev/null' }),
      ...unknown,
    },
    {
      name: 'kid an address',
      token: await company.sign({}, {}, { ...other, kid: at }),
      ...unknown,
    },
    {
      name: 'kid a query',
      token: await company.sign({}, {}, { ...other, kid: "' OR 1=1 --" }),
      ...unknown,
    },
    {
      name: 'kid too long',
      token: await company.sign({}, {}, { ...other, kid: 'k'.repeat(300) }),
      says: /not a signed JWT/,
      early: true,
    },
  ]
}

async function makeWrongKeys(
  company: Company,
  other: Signer,
  twice: Signer,
): Made {
  const unknown = { says: /does not publish its key/ } as const
  const by = (signer: Signer, kid = signer.kid) =>
    company.sign({}, {}, { ...signer, kid })
  return [
    { name: 'a key that two have', token: await by(twice), ...unknown },
    {
      name: 'a key to encrypt',
      token: await by(other, 'for-encryption'),
      ...unknown,
    },
    { name: 'a key to sign', token: await by(other, 'to-sign'), ...unknown },
    {
      name: 'a key of another alg',
      token: await by(other, 'of-another-alg'),
      ...unknown,
    },
    {
      name: 'EC with the name of an RSA key',
      token: await by(other, 'rsa'),
      ...unknown,
    },
    {
      name: 'no kid, where several keys fit',
      token: await company.sign({}, { kid: undefined }),
      ...unknown,
    },
    {
      name: 'another key under a known name',
      token: await by(other, 'first'),
      says: /signature of the token is wrong/,
    },
  ]
}

async function makeWrongClaims(company: Company): Made {
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

async function makeOtherKinds(company: Company): Made {
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

/** A key shorter than RFC 7518 allows, and a token that it signed. */
function makeSmall(company: Company) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
  })
  const head = { kid: 'small', alg: 'RS256' }
  const start = `${write(head)}.${write(company.claims())}`
  const mark = createSign('sha256').update(start).sign(privateKey, 'base64url')
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), ...head }
  return { publicJwk, token: `${start}.${mark}` }
}

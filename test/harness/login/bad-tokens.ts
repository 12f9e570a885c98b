// Tokens that must be refused, one row each: how each is made, and the answer.
// In: a provider. Out: tokens with the refusal of each.
// INVARIANT: `early` ones are refused before a key is looked for.

import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import {
  type BadToken,
  type Made,
  makeOtherKinds,
  makeWrongClaims,
} from './bad-claims.ts'
import { type Company, makeSigner, type Signer } from './company.ts'
import { OPAQUE } from './google.ts'

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

async function makeMalformed(company: Company): Made {
  const good = await company.sign()
  const [head = '', body = '', mark = ''] = good.split('.')
  const early = { says: /is not a (?:signed )?JWT/, early: true } as const
  const doubled = JSON.stringify(company.claims()).replace(
    '{',
    '{"sub":"somebody-else",',
  )
  return [
    { name: 'nothing', token: '', ...early },
    { name: 'a word', token: 'password', ...early },
    {
      name: 'an access token of Google',
      token: OPAQUE,
      says: /only the provider that gave it can read it/,
      early: true,
    },
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

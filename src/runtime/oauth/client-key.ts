// How the gateway proves to an authorization server who it is.
// In: the client of the config, what that server accepts. Out: its proof.
// INVARIANT: a key stays here, only what it signs is sent; no text of a key or a
// secret is in an error.

import { subtle, type webcrypto } from 'node:crypto'
import type { ClientAuth } from 'oauth4webapi'
import type { OAuthClient } from '../../contract/table.ts'
import { findPrograms, showReference } from '../../table/references.ts'
import {
  resolveKey,
  resolveSecret,
  type SecretSource,
} from '../secrets/resolve.ts'
import { SignInProblem } from './problem.ts'

/** A secret or a key, as it was read; '' of a client without one. */
export function readCredential(
  client: OAuthClient,
  source: SecretSource,
): string {
  if (client.secret) return resolveSecret(client.secret, source)
  return client.key ? resolveKey(client.key.secret, source) : ''
}

/** As `readCredential`, after the program that prints it, if one does. */
export async function loadCredential(
  client: OAuthClient,
  source: SecretSource,
): Promise<string> {
  await source.programs.load(findPrograms(client))
  return readCredential(client, source)
}

export async function makeClientAuth(
  client: OAuthClient,
  credential: string,
  methods: readonly string[] | undefined,
): Promise<ClientAuth> {
  const oauth = await import('oauth4webapi')
  if (client.key) {
    judgeMethods(methods, ['private_key_jwt'])
    const named = showReference(client.key.secret)
    return oauth.PrivateKeyJwt(await importKey(credential, named))
  }
  if (!client.secret) return oauth.None()
  const method = judgeMethods(methods, [
    'client_secret_basic',
    'client_secret_post',
  ])
  return method === 'client_secret_post'
    ? oauth.ClientSecretPost(credential)
    : proveByBasic(credential)
}

/** HTTP basic authentication (RFC 6749, 2.3.1). What a form may leave as it is
 * is left so: some servers do not decode, and most ids hold a `-`. */
export function proveByBasic(secret: string): ClientAuth {
  return (_issuer, { client_id: id }, _body, headers) => {
    const pair = `${writeFormText(id)}:${writeFormText(secret)}`
    headers.set(
      'authorization',
      `Basic ${Buffer.from(pair).toString('base64')}`,
    )
  }
}

function writeFormText(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

/** The first of ours that the server accepts; if it says nothing, the first. */
function judgeMethods(
  methods: readonly string[] | undefined,
  ours: readonly string[],
): string | undefined {
  const method = methods ? ours.find((one) => methods.includes(one)) : ours[0]
  if (method !== undefined) return method
  const key = ours.includes('private_key_jwt')
  throw new SignInProblem(
    key
      ? 'the authorization server does not accept clients with a key (private_key_jwt); write `client.secret`'
      : 'the authorization server does not accept clients with a secret; write `client.key`',
  )
}

type Algorithm =
  | webcrypto.EcKeyImportParams
  | webcrypto.RsaHashedImportParams
  | webcrypto.Algorithm

async function importKey(text: string, ref: string) {
  const jwk = readJwk(text)
  const algorithm = jwk && algorithmOf(jwk)
  if (!jwk || !algorithm || typeof jwk.d !== 'string') {
    throw new SignInProblem(
      `the key ${ref} is not a private JWK of the types EC, RSA or Ed25519`,
    )
  }
  try {
    const plain = { ...jwk, key_ops: ['sign'], use: 'sig', ext: false }
    const key = await subtle.importKey('jwk', plain, algorithm, false, ['sign'])
    return typeof jwk.kid === 'string' ? { key, kid: jwk.kid } : { key }
  } catch {
    throw new SignInProblem(`the key ${ref} is a JWK that cannot be used`)
  }
}

function readJwk(
  text: string,
): (webcrypto.JsonWebKey & { kid?: unknown }) | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value ? value : undefined
  } catch {
    return undefined
  }
}

function algorithmOf({
  kty,
  crv = '',
  alg = 'RS256',
}: webcrypto.JsonWebKey): Algorithm | undefined {
  if (kty === 'EC' && /^P-(?:256|384|521)$/.test(crv)) {
    return { name: 'ECDSA', namedCurve: crv }
  }
  if (kty === 'OKP' && crv === 'Ed25519') return { name: 'Ed25519' }
  const [, kind, bits] = /^([RP]S)(256|384|512)$/.exec(alg) ?? []
  if (kty !== 'RSA' || !kind) return undefined
  const name = kind === 'RS' ? 'RSASSA-PKCS1-v1_5' : 'RSA-PSS'
  return { name, hash: `SHA-${bits}` }
}

// What the gateway says of itself as a client (RFC 7591; OAuth Client ID
// Metadata Documents), and what a registration answers.
// INVARIANT: one redirect address; nothing that is secret.

import { isLoopback } from '../../contract/hosts.ts'
import type { RegisteredClient } from '../grants/clients.ts'
import { readObject } from './discovery.ts'
import type { Answer } from './fetch.ts'
import { cleanWord, type Tell } from './problem.ts'

const NAME = 'Portcullis gateway'

/** The document of one server; undefined: the origin is not https. */
export function documentOf(origin: string, server: string): object | undefined {
  if (!origin.startsWith('https://')) return undefined
  const own = `${origin}/connect/${server}`
  return {
    client_id: `${own}/client.json`,
    ...describe(origin, `${own}/callback`, 'none'),
  }
}

/** The body of a registration. `methods`: those that the issuer takes. */
export function describeClient(
  origin: string,
  redirect: string,
  methods: readonly string[] | undefined,
): object {
  return describe(origin, redirect, pickMethod(methods))
}

function describe(origin: string, redirect: string, method: string): object {
  const { protocol, hostname } = new URL(redirect)
  const isNative = protocol === 'http:' && isLoopback(hostname)
  return {
    client_name: NAME,
    ...(origin.startsWith('https://') && { client_uri: origin }),
    redirect_uris: [redirect],
    application_type: isNative ? 'native' : 'web',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: method,
  }
}

/** Without a secret, if the issuer takes such clients; then by basic
 * authentication, which is what an issuer takes that says nothing. */
function pickMethod(methods: readonly string[] | undefined): string {
  const ours = ['none', 'client_secret_basic', 'client_secret_post']
  return ours.find((one) => methods?.includes(one)) ?? 'client_secret_basic'
}

/** A text: why there is no client. */
export function readRegistration(
  answer: Answer,
  tell: Tell,
): RegisteredClient | string {
  const { status } = answer
  const found = readObject(answer) ?? {}
  if (status !== 200 && status !== 201) {
    const word = cleanWord(found.error, 64, tell)
    const said = cleanWord(found.error_description, 200, tell)
    return `HTTP ${status}${word && ` ${word}`}${said && ` (it says: ${said})`}`
  }
  const { client_id: id, client_secret: secret } = found
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,2048}$/.test(id)) {
    return 'its answer names no client'
  }
  const hasSecret = typeof secret === 'string' && secret !== ''
  const method = readMethod(found.token_endpoint_auth_method, hasSecret)
  if (method === undefined) {
    return 'it wants a proof that the gateway does not offer'
  }
  const { client_secret_expires_at: ends } = found
  const hasEnd = hasSecret && typeof ends === 'number' && ends > 0
  return {
    id,
    secret: hasSecret ? secret : null,
    method,
    ends: hasEnd ? ends * 1_000 : null,
  }
}

function readMethod(
  method: unknown,
  hasSecret: boolean,
): RegisteredClient['method'] | undefined {
  if (method === 'none' || !hasSecret) return 'none'
  if (method === undefined) return 'client_secret_basic'
  return method === 'client_secret_basic' || method === 'client_secret_post'
    ? method
    : undefined
}

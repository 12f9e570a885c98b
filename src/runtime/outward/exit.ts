// How requests to a host leave the gateway: directly, or through a proxy.
// In: the `proxy` of a table, an address, secrets. Out: the exit, and why.
// INVARIANT: the environment counts only under `env`, and never for this host;
// what is shown of a proxy is its host, its port and who has named it.

import { isLoopback } from '../../contract/hosts.ts'
import type { ProxySettings } from '../../contract/table.ts'
import {
  MissingSecret,
  resolveSecret,
  resolveValue,
  type SecretSource,
} from '../secrets/resolve.ts'
import { isBypassed } from './bypass.ts'

export interface ProxyHop {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** The header `proxy-authorization`. */
  readonly authorization: string | undefined
  /** What may be shown: `proxy.acme.dev:3128 (HTTPS_PROXY)`. */
  readonly name: string
  /** Where its credentials belong, for a person. */
  readonly credentials: string
  /** What no text may hold. */
  readonly secrets: readonly string[]
}

export interface Exit {
  readonly proxy: ProxyHop | undefined
  /** In words: `through proxy NAME`, `direct (NO_PROXY)`. */
  readonly words: string
}

const DIRECT: Exit = Object.freeze({ proxy: undefined, words: 'direct' })

/** Throws MissingSecret. */
export function findExit(
  proxy: ProxySettings | null | undefined,
  url: URL,
  secrets: SecretSource,
): Exit {
  if (!proxy) return DIRECT
  const host = readHost(url)
  const port = readPort(url)
  if (proxy === 'env') return findEnvExit(host, port, url.protocol, secrets)
  if (isBypassed(host, port, proxy.noProxy)) {
    return { proxy: undefined, words: 'direct (noProxy)' }
  }
  const { auth } = proxy
  const hop = {
    ...readAddress(new URL(proxy.url), '`proxy`'),
    authorization: auth ? resolveValue(auth, secrets) : undefined,
    credentials: '`auth` of `proxy`',
    secrets: auth
      ? [resolveSecret(auth, secrets), resolveValue(auth, secrets)]
      : [],
  }
  return go(hop)
}

/** As curl reads these variables: the lower case first, and none of one scheme
 * for the other. */
function findEnvExit(
  host: string,
  port: number,
  protocol: string,
  { env }: SecretSource,
): Exit {
  if (isLoopback(host) || host.endsWith('.localhost')) {
    return { proxy: undefined, words: 'direct (this host)' }
  }
  const [variable, value] = readVariable(env, `${protocol.slice(0, -1)}_proxy`)
  if (value === '') {
    return { proxy: undefined, words: `direct (${variable} is not set)` }
  }
  const [list, entries] = readVariable(env, 'no_proxy')
  if (isBypassed(host, port, entries.split(/[\s,]+/).filter(Boolean))) {
    return { proxy: undefined, words: `direct (${list})` }
  }
  return go(readEnvProxy(variable, value))
}

/** The name that is set, and its value; the usual name where none is. */
function readVariable(
  env: SecretSource['env'],
  lower: string,
): readonly [name: string, value: string] {
  const name = env[lower] ? lower : lower.toUpperCase()
  return [name, env[name]?.trim() ?? '']
}

/** Its text may hold credentials, so no message holds it. */
function readEnvProxy(variable: string, value: string): ProxyHop {
  const text = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw unusable(`${variable} is not the address of an http or https proxy`)
  }
  const user = decode(url.username, variable)
  const password = decode(url.password, variable)
  const pair = Buffer.from(`${user}:${password}`).toString('base64')
  const hasUser = url.username !== ''
  return {
    ...readAddress(url, variable),
    authorization: hasUser ? `Basic ${pair}` : undefined,
    credentials: variable,
    secrets: hasUser && password !== '' ? [password, pair] : [],
  }
}

function unusable(message: string): MissingSecret {
  return new MissingSecret(message, 'the proxy cannot be used')
}

function decode(text: string, variable: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unusable(`${variable} has a wrong \`%\` in its credentials`)
  }
}

function readAddress(url: URL, namedBy: string) {
  const isTls = url.protocol === 'https:'
  const port = readPort(url)
  return {
    host: readHost(url),
    port,
    isTls,
    name: `${url.hostname}:${port} (${namedBy})`,
  }
}

const SENDABLE = /^[\t\x20-\x7e]*$/

function go(hop: ProxyHop): Exit {
  if (!SENDABLE.test(hop.authorization ?? '')) {
    throw unusable(`the credentials in ${hop.credentials} cannot be sent`)
  }
  return { proxy: hop, words: `through proxy ${hop.name}` }
}

/** An IPv6 address without its brackets. */
export function readHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

export function readPort({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80))
}

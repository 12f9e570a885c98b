// The head stage: checks method, Host, Origin, Expect, media type, length and
// duplicate headers.
// INVARIANT: values match exactly, after a strict grammar; nothing here depends
// on the caller. Of the headers in VARYING, only `content-length` is judged.

import { isLoopback, readHost } from '../../contract/hosts.ts'
import type { Listen } from '../../contract/settings.ts'
import type { Refusal } from '../message/refusal.ts'
import { isUnmet } from './expect.ts'
import type { Proxies } from './proxies.ts'
import type { Head, HttpRequest } from './request-response.ts'

const METHODS = ['POST', 'GET', 'DELETE', 'OPTIONS'] as const

/** Headers that the gateway reads: each may occur once. */
const SINGLE = new Set([
  'host',
  'authorization',
  'origin',
  'content-type',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'traceparent',
  'last-event-id',
  'mcp-session-id',
  'mcp-method',
  'mcp-name',
])

/** One bit per header, so that a set of them is a number. */
const SINGLE_BITS = new Map([...SINGLE].map((name, i) => [name, 1 << i]))

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])
const LOOPBACK_ORIGIN =
  /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/
const STREAM_TYPE =
  /(?:^|,)\s*(?:text\/event-stream|\*\/\*|text\/\*)\s*(?:[;,]|$)/i
const STREAM_FIRST = /^\s*text\/event-stream\b/i
const JSON_TYPE = 'application/json'
const CHARSET = /^charset="?utf-?8"?$/i
const PARAMETER = /^(?!charset=)[\w!#$&^.+-]+=(?:[\w!#$&^.+/-]+|"[^"\\]*")$/i

export function readHead(
  request: HttpRequest,
  listen: Listen,
  cap: number,
  proxies: Proxies,
): Head | Refusal {
  const { headers, memo } = request
  if (memo?.head && memo.listen === listen) {
    return renewHead(memo.head, request, cap)
  }
  const duplicate = findDuplicate(request.rawHeaders)
  if (duplicate) return refuseTwice(duplicate)
  const method = METHODS.find((known) => known === request.method)
  if (!method) return { refusal: 'method' }
  if (!isAllowedHost(headers.host, listen)) {
    return { refusal: 'host', detail: showName('Host', headers.host) }
  }
  if (!isOwnTarget(request)) return { refusal: 'target' }
  const { origin } = headers
  if (origin !== undefined && !isAllowedOrigin(origin, listen)) {
    return { refusal: 'origin', detail: showName('Origin', origin) }
  }
  if (isUnmet(request)) return { refusal: 'expect' }
  const version = readVersion(readOne(headers['mcp-protocol-version']))
  if (version === null) return refuseTwice('mcp-protocol-version')
  const body = method === 'POST' ? judgeBody(request, cap) : undefined
  if (body) return body
  const head: Head = {
    method,
    authorization: headers.authorization,
    origin,
    streams: acceptsStream(headers.accept),
    prefersStream: STREAM_FIRST.test(headers.accept ?? ''),
    session: readOne(headers['mcp-session-id']),
    version,
    lastEventId:
      method === 'GET' ? readOne(headers['last-event-id']) : undefined,
    mcpMethod: readOne(headers['mcp-method']),
    mcpName: readOne(headers['mcp-name']),
    traceparent: readOne(headers.traceparent),
    headers,
    ip: proxies.nameAddress(request, listen),
    memo,
  }
  if (memo) Object.assign(memo, { listen, head })
  return head
}

/** The head of a request that differs from an earlier one in VARYING alone. */
function renewHead(
  known: Head,
  { headers }: HttpRequest,
  cap: number,
): Head | Refusal {
  if (Number(headers['content-length']) > cap) {
    return { refusal: 'content-length' }
  }
  const mcpName = readOne(headers['mcp-name'])
  const traceparent = readOne(headers.traceparent)
  const isSame = known.mcpName === mcpName && known.traceparent === traceparent
  return isSame ? known : { ...known, mcpName, traceparent }
}

function judgeBody(request: HttpRequest, cap: number): Refusal | undefined {
  const { headers } = request
  if (!isJson(headers['content-type'] ?? '')) {
    return { refusal: 'content-type' }
  }
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return { refusal: 'content-encoding' }
  const transfer = headers['transfer-encoding'] ?? 'chunked'
  if (transfer !== 'chunked') return { refusal: 'transfer-encoding' }
  if (Number(headers['content-length'] ?? 0) > cap) {
    return { refusal: 'content-length' }
  }
  return undefined
}

/** Only the charset parameter matters; it must be UTF-8. */
function isJson(value: string): boolean {
  if (value === JSON_TYPE) return true
  const [type = '', ...parameters] = value.split(';').map((one) => one.trim())
  return (
    type.toLowerCase() === JSON_TYPE &&
    parameters.every(
      (one) => one === '' || CHARSET.test(one) || PARAMETER.test(one),
    )
  )
}

/** A target in absolute form overrides Host (RFC 9112 §3.2.2): the two must be
 * equal. */
function isOwnTarget({ url = '', headers }: HttpRequest): boolean {
  if (url.startsWith('/')) return true
  const [, authority = ''] = ABSOLUTE.exec(url) ?? []
  const own = readHost(authority)
  return own !== undefined && own.whole === readHost(headers.host ?? '')?.whole
}

const ABSOLUTE = /^https?:\/\/([^/?#]+)(\/[^#]*)?$/i

/** Path and query of a target, without scheme and host. */
export function readTarget(url: string): string {
  return url.startsWith('/') ? url : (ABSOLUTE.exec(url)?.[2] ?? url)
}

/** Proxies join duplicate headers; null where the values differ. */
function readVersion(value: string | undefined): string | undefined | null {
  if (!value?.includes(',')) return value
  const [first, ...others] = value.split(',').map((one) => one.trim())
  return others.every((one) => one === first) ? first : null
}

function refuseTwice(name: string): Refusal {
  return {
    refusal: 'twice',
    detail: name,
    reason: `header ${name} stands twice`,
  }
}

function readOne(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function findDuplicate(rawHeaders: readonly string[]): string | undefined {
  let seen = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const bit = SINGLE_BITS.get(name)
    if (bit === undefined) continue
    if ((seen & bit) !== 0) return name
    seen |= bit
  }
  return undefined
}

/** An entry of `listen.hosts` with a port matches only that port; so does
 * `listen.publicUrl`. */
export function isAllowedHost(
  host: string | undefined,
  { hosts, publicUrl }: Listen,
): boolean {
  const read = readHost(host ?? '')
  if (!read) return false
  const { name, whole, rooted } = read
  const own =
    publicUrl && readHost(publicUrl.slice(publicUrl.indexOf('//') + 2))
  if (own && (own.whole === name || own.whole === whole)) return true
  if (!hosts) return !rooted && LOOPBACK_HOSTS.has(name)
  return hosts.includes(name) || hosts.includes(whole)
}

function isAllowedOrigin(origin: string, listen: Listen): boolean {
  if (listen.origins) return listen.origins.includes(origin)
  const isLocal = !listen.hosts && isLoopback(listen.host)
  return isLocal && LOOPBACK_ORIGIN.test(origin)
}

/** Shown to whoever sent it: only what stands in names. */
function showName(header: 'Host' | 'Origin', name = ''): string {
  return SHOWN[header].test(name) ? `${header} ${name}` : `this ${header}`
}

const SHOWN = Object.freeze({
  Host: /^[\w.:[\]-]{1,100}$/,
  Origin: /^[\w.:/[\]-]{1,100}$/,
})

/** Whether `Accept` allows a stream: absent, a wildcard, or named. */
function acceptsStream(accept: string | undefined): boolean {
  if (accept === undefined) return true
  return STREAM_TYPE.test(accept)
}

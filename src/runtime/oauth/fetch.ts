// One request to an address that a server may have named.
// In: the request, and how near its address may be. Out: a bounded answer.
// INVARIANT: https, but on this host; no redirect is followed; every address is
// checked where the connection is made; time and bytes are bounded.

import { isIP, type LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import { isLoopback } from '../../contract/hosts.ts'
import { startDeadline } from '../base/deadline.ts'
import { makeConnect } from '../outward/agent.ts'
import {
  describeFault as describeConnectFault,
  judgeError,
} from '../outward/fault.ts'
import type { Outward } from '../outward/outward.ts'
import { MissingSecret } from '../secrets/resolve.ts'
import { SignInProblem, type Tell } from './problem.ts'
import { mayReach, type Reach, type Resolve, reachOfAll } from './reach.ts'

export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** The body of the answer is not read. */
  readonly headOnly?: true
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** How near it came from: the name may have other addresses next time. */
  readonly reach: Reach
}

export interface Net {
  readonly resolve: Resolve
  readonly tell: Tell
  /** Ends all requests. */
  readonly signal: AbortSignal
  /** The time for a whole request. Default: 10 seconds. */
  readonly ms?: number
  /** Origin of the server: it may be plain http, and its TLS files are for it
   * alone. */
  readonly own: string
  readonly outward: Outward
}

/** Most bytes of an answer, and the time for all of it or for a look-up. */
const MAX_BYTES = 256 * 1024
const MAX_MS = 10_000

export async function fetchGuarded(
  url: URL,
  outgoing: Outgoing,
  nearest: Reach,
  net: Net,
): Promise<Answer> {
  const isOwn = url.origin === net.own
  // The operator has named the address of the server.
  const from = isOwn ? 'any' : nearest
  judgeUrl(url, from, net)
  const isProxied = net.outward.findExit(url).proxy !== undefined
  let reach = isProxied ? await judgeBehindProxy(url, from, net) : undefined
  const lookup = makeLookup(from, net.resolve, (found) => {
    reach = reachOfAll(found)
  })
  const { ms = MAX_MS } = net
  const { signal, free } = startDeadline(ms, net.signal)
  const find = (at: URL) => {
    const origin = net.outward.findOrigin(at, isOwn)
    return origin.proxy ? origin : { ...origin, lookup }
  }
  const { Agent } = await import('undici')
  const connect = makeConnect({ find, ms, signal })
  const agent = new Agent({ connect, connections: 1, pipelining: 0 })
  try {
    const answer = await send(url, outgoing, { dispatcher: agent, signal })
    return { ...answer, reach: reach ?? reachOfAll([readHost(url)]) }
  } catch (error) {
    throw describeFault(error, url, net)
  } finally {
    free()
    await agent.destroy()
  }
}

async function send(
  url: URL,
  { method, headers, body: sent, headOnly }: Outgoing,
  options: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
): Promise<Omit<Answer, 'reach'>> {
  const { request } = await import('undici')
  const answer = await request(url, {
    method,
    headers,
    body: sent ?? null,
    ...options,
  })
  const body = headOnly ? Buffer.alloc(0) : await readBounded(answer.body)
  const { statusCode: status } = answer
  return { status, headers: joinHeaders(answer.headers), body }
}

/** The proxy looks the name up by itself, so its answer cannot be judged: what
 * this host knows of the name is, or else the name. */
async function judgeBehindProxy(
  url: URL,
  from: Reach,
  net: Net,
): Promise<Reach> {
  const host = readHost(url)
  if (isIP(host) !== 0) return reachOfAll([host])
  const addresses = await lookUp(net.resolve(host), net).catch(() => [])
  if (addresses.some((one) => !mayReach(from, one))) throw tooNear(host)
  if (addresses.length > 0) return reachOfAll(addresses)
  if (from !== 'any' && isInner(host)) throw tooNear(host)
  return 'public'
}

/** Names that no public name server knows (RFC 6761, 6762, 8375), and those of
 * one label. */
function isInner(host: string): boolean {
  return /^[^.]*\.?$|\.(?:localhost|local|internal|intranet|lan|home|corp|private|home\.arpa)\.?$/i.test(
    host,
  )
}

/** What is looked up, in bounded time; a resolver may never answer. */
export function lookUp<T>(found: Promise<T>, net: Net): Promise<T> {
  const { signal, free } = startDeadline(net.ms ?? MAX_MS, net.signal)
  const result = new Promise<T>((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    found.then(resolve, reject)
  })
  return result.finally(free)
}

function judgeUrl(url: URL, from: Reach, { own, tell }: Net): void {
  const { protocol, username, password } = url
  const host = readHost(url)
  const isPlain = protocol === 'http:'
  const mayBePlain = isLoopback(host) || url.origin === own
  if (protocol !== 'https:' && !(isPlain && mayBePlain)) {
    throw new SignInProblem(`${showUrl(url, tell)} is not an https address`)
  }
  if (username !== '' || password !== '') {
    throw new SignInProblem(`${showUrl(url, tell)} holds credentials`)
  }
  if (isIP(host) !== 0 && !mayReach(from, host)) throw tooNear(host)
}

/** An IPv6 address without its brackets. */
function readHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** Checks each address that a name resolves to, where it is used. */
function makeLookup(
  from: Reach,
  resolve: Resolve,
  found: (addresses: readonly string[]) => void,
): LookupFunction {
  return (host, options, done) => {
    resolve(host).then(
      (addresses) => {
        const near = addresses.find((one) => !mayReach(from, one))
        const [first] = addresses
        if (near !== undefined || first === undefined) {
          return done(tooNear(host), '', 0)
        }
        found(addresses)
        const all = addresses.map((address) => {
          return { address, family: isIP(address) }
        })
        if (options.all) return done(null, all)
        return done(null, first, isIP(first))
      },
      (error: NodeJS.ErrnoException) => done(error, '', 0),
    )
  }
}

function tooNear(host: string): SignInProblem {
  return new SignInProblem(
    `${host} is an address of a private network, which the server may not name`,
  )
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of body) {
    length += piece.length
    if (length > MAX_BYTES) throw new SignInProblem('its answer is too long')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      [value ?? ''].flat().join(', '),
    ]),
  )
}

/** The text of another program's error may hold what was sent: only what is
 * known of it is told. */
function describeFault(error: unknown, url: URL, { tell }: Net): Error {
  if (error instanceof SignInProblem || error instanceof MissingSecret) {
    return error
  }
  const { name, cause } = error as Error
  if (cause instanceof SignInProblem) return cause
  const isLate = name === 'TimeoutError' || name === 'AbortError'
  const fault = isLate
    ? { detail: 'it did not answer in time' }
    : judgeError(error, { host: url.hostname })
  const told = { ...fault, detail: tell(fault.detail) }
  const message = `${showUrl(url, tell)} ${describeConnectFault(told)}`
  return new SignInProblem(message, 'later', { fault: told })
}

/** Without query and credentials, in bounded length. */
export function showUrl({ origin, pathname }: URL, tell: Tell): string {
  return tell(`${origin}${pathname === '/' ? '' : pathname}`).slice(0, 200)
}

// One request to an address that a server may have named.
// In: the request, and how near its address may be. Out: a bounded answer.
// INVARIANT: https, but on this host; no redirect is followed; every address is
// checked where the connection is made; time and bytes are bounded.

import { isIP, type LookupFunction } from 'node:net'
import { isLoopback } from '../../contract/hosts.ts'
import { startDeadline } from '../base/deadline.ts'
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
  /** The server: its address may be plain http, and has CAs of its own. */
  readonly own: { readonly origin: string; readonly ca: string | undefined }
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
  // The operator has named the address of the server.
  const from = url.origin === net.own.origin ? 'any' : nearest
  judgeUrl(url, from, net)
  const { Agent, request } = await import('undici')
  const ca = url.origin === net.own.origin ? net.own.ca : undefined
  let addresses: readonly string[] = [readHost(url)]
  const lookup = makeLookup(from, net.resolve, (found) => {
    addresses = found
  })
  const { ms = MAX_MS } = net
  const { signal, free } = startDeadline(ms, net.signal)
  const connect = {
    lookup,
    timeout: ms,
    // Ends a handshake too, which would keep the process alive.
    signal,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  }
  const agent = new Agent({ connect, connections: 1, pipelining: 0 })
  try {
    const { method, headers, body: sent = null } = outgoing
    const answer = await request(url, {
      method,
      headers,
      body: sent,
      dispatcher: agent,
      signal,
    })
    const body = outgoing.headOnly
      ? Buffer.alloc(0)
      : await readBounded(answer.body)
    return {
      status: answer.statusCode,
      headers: joinHeaders(answer.headers),
      body,
      reach: reachOfAll(addresses),
    }
  } catch (error) {
    throw describeFault(error, url, net)
  } finally {
    free()
    await agent.destroy()
  }
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
  const mayBePlain = isLoopback(host) || url.origin === own.origin
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

/** The text of another program's error may hold what was sent: only its code is
 * told. */
function describeFault(error: unknown, url: URL, { tell }: Net): SignInProblem {
  if (error instanceof SignInProblem) return error
  const { name, code, cause } = error as Error & { code?: unknown }
  if (cause instanceof SignInProblem) return cause
  const isLate = name === 'TimeoutError' || name === 'AbortError'
  const inner = (cause as { readonly code?: unknown } | undefined)?.code
  const why = isLate
    ? 'it did not answer in time'
    : String(code ?? inner ?? 'the connection failed').replace(/[^\w ]/g, '')
  return new SignInProblem(
    `${showUrl(url, tell)} cannot be reached: ${why}`,
    'later',
  )
}

/** Without query and credentials, in bounded length. */
export function showUrl({ origin, pathname }: URL, tell: Tell): string {
  return tell(`${origin}${pathname === '/' ? '' : pathname}`).slice(0, 200)
}

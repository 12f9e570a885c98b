// Finds the address of the person behind the proxies of `listen.behindProxy`.
// In: a request, the settings of its listener. Out: one address, in one spelling.
// INVARIANT: no header is read unless the peer is such a proxy; each is read from
// the right, and no further than the first address that is not one.

import {
  type Address,
  type Block,
  isInBlock,
  readAddress,
  readBlock,
  writeAddress,
} from '../../contract/addresses.ts'
import type { Listen } from '../../contract/settings.ts'
import type { HttpRequest } from './request-response.ts'

/** Proxies in a row, at most. */
const MAX_HOPS = 32

type Peer = HttpRequest['socket']

/** The address at the other end of a connection. */
export function namePeer({ remoteAddress = '' }: Peer): string {
  return remoteAddress.startsWith(MAPPED)
    ? remoteAddress.slice(MAPPED.length)
    : remoteAddress
}

/** How a socket of both families names an IPv4 address. */
const MAPPED = '::ffff:'

export class Proxies {
  /** Called with a proxy whose two headers name different addresses. */
  readonly #doubt: (peer: string) => void
  #listen: Listen | undefined
  #blocks: readonly Block[] = []

  constructor(doubt: (peer: string) => void) {
    this.#doubt = doubt
  }

  /** The address that a request is counted and recorded for. */
  nameAddress(
    { headers, socket }: Pick<HttpRequest, 'headers' | 'socket'>,
    listen: Listen,
  ): string {
    const peer = namePeer(socket)
    if (listen.behindProxy.length === 0) return peer
    const blocks = this.#compile(listen)
    const nearest = readAddress(cutZone(peer))
    if (!nearest || !isIn(blocks, nearest)) return peer
    const listed = readHeader(headers['x-forwarded-for'])
    const described = readHeader(headers.forwarded)
    const [one, other] = [
      listed && findPerson(blocks, nearest, splitLast(listed, ',')),
      described && findPerson(blocks, nearest, listFor(described)),
    ]
    if (one === other || !one || !other) return one || other || peer
    // The proxy writes one of them; the other may be the client's.
    this.#doubt(peer)
    return peer
  }

  /** Once for each table. */
  #compile(listen: Listen): readonly Block[] {
    if (listen !== this.#listen) {
      this.#listen = listen
      this.#blocks = listen.behindProxy.flatMap((text) => readBlock(text) ?? [])
    }
    return this.#blocks
  }
}

function isIn(blocks: readonly Block[], address: Address): boolean {
  return blocks.some((block) => isInBlock(address, block))
}

/** Node joins the lines of one name with commas, in their order. */
function readHeader(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(',')
}

/** `hops`: from the nearest on; each was written by the one before it. */
function findPerson(
  blocks: readonly Block[],
  nearest: Address,
  hops: Iterable<string | undefined>,
): string {
  let last = nearest
  let count = 0
  for (const hop of hops) {
    const address = readNode(hop ?? '')
    if (!address || ++count > MAX_HOPS) break
    last = address
    if (!isIn(blocks, address)) break
  }
  return writeAddress(last)
}

/** The values of `for` in a Forwarded header (RFC 7239), the last one first. */
function* listFor(header: string): Iterable<string | undefined> {
  for (const element of splitLast(header, ',')) yield readFor(element)
}

function readFor(element: string | undefined): string | undefined {
  const values: string[] = []
  for (const pair of splitLast(element ?? '', ';')) {
    const [, name = '', value = ''] = /^\s*(\w+)=(.*)$/.exec(pair ?? '') ?? []
    if (name.toLowerCase() === 'for') values.push(value.trim())
  }
  const [value, ...more] = values
  if (value === undefined || more.length > 0) return undefined
  return /^"([^"]*)"$/.exec(value)?.[1] ?? value
}

/** The parts of a text, the last one first; a sign within quotes separates
 * nothing. Ends at a backslash: what it escapes is certain only from the left,
 * where the client may have written. */
function* splitLast(
  text: string,
  sign: ',' | ';',
): Iterable<string | undefined> {
  let end = text.length
  let isQuoted = false
  for (let at = end - 1; at >= 0; at--) {
    const here = text[at]
    if (here === '\\') return yield undefined
    if (here === '"') isQuoted = !isQuoted
    if (here !== sign || isQuoted) continue
    yield text.slice(at + 1, end)
    end = at
  }
  yield text.slice(0, end)
}

/** An address, with or without a port: `192.0.2.1:80`, `[2001:db8::1]:80`. A
 * name that hides an address (`_x`, `unknown`) is none. */
function readNode(text: string): Address | undefined {
  const node = text.trim()
  const [, bracketed, plain] = NODE.exec(node) ?? []
  return readAddress(cutZone(bracketed ?? plain ?? node))
}

const NODE = /^(?:\[([^\]]*)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]{1,64}))?$/

/** `fe80::1%eth0`: a zone means something only where it was written. */
function cutZone(address: string): string {
  return address.replace(/%[\w.~-]{1,32}$/, '')
}

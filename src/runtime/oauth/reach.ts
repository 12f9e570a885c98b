// Which addresses a request to an authorization server may reach.
// In: an address, or a name and its addresses. Out: how near they are.
// INVARIANT: what somebody else has named reaches nothing nearer than what the
// operator has named; link-local and reserved ranges are never reached.

import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** How near an address is. `any`: the operator's own choice, without a check. */
export type Reach = 'public' | 'private' | 'loopback' | 'any'

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>

export const resolveHost: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(
    ({ address }) => address,
  )

type Range = readonly [string, number, 'ipv4' | 'ipv6']

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) list.addSubnet(...range)
  return list
}

const LOOPBACK = listOf([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
])

const PRIVATE = listOf([
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
])

/** Link-local (where clouds keep their credentials), multicast, reserved, and
 * prefixes that hide an IPv4 address. */
const NEVER = listOf([
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::', 96, 'ipv6'],
  ['::ffff:0:0:0', 96, 'ipv6'],
  ['64:ff9b::', 16, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['5f00::', 16, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
])

/** Undefined: never reached. */
export function reachOf(address: string): Reach | undefined {
  const own = readMapped(address)
  const version = isIP(own)
  if (version === 0) return undefined
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (LOOPBACK.check(own, family)) return 'loopback'
  if (NEVER.check(own, family)) return undefined
  return PRIVATE.check(own, family) ? 'private' : 'public'
}

/** An IPv4 address that is written as an IPv6 one (`::ffff:a00:1`). */
function readMapped(address: string): string {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? []
  if (mapped) return mapped
  const [, high, low] =
    /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const [one, two] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [one >> 8, one & 255, two >> 8, two & 255].join('.')
}

const ORDER: readonly Reach[] = ['public', 'private', 'loopback', 'any']

/** Whether something this near may be reached from there. */
export function mayReach(from: Reach, address: string): boolean {
  if (from === 'any') return true
  const to = reachOf(address)
  return to !== undefined && ORDER.indexOf(to) <= ORDER.indexOf(from)
}

/** How near the farthest of all addresses of a name is, as others may own it. */
export function reachOfAll(addresses: readonly string[]): Reach {
  return findFarthest(addresses.map((one) => reachOf(one) ?? 'private'))
}

export function findFarthest(all: readonly Reach[]): Reach {
  return ORDER.find((one) => all.includes(one)) ?? 'public'
}

/** The reach of a host that the operator has named. */
export async function findReach(
  host: string,
  resolve: Resolve,
): Promise<Reach> {
  return reachOfAll(isIP(host) === 0 ? await resolve(host) : [host])
}

// Which hosts are reached without the proxy.
// In: a host and a port, entries of `noProxy` or NO_PROXY. Out: yes or no.
// INVARIANT: reads only the text: no name is resolved, so a block of addresses
// is only for hosts that are written as addresses.

import { BlockList, isIP } from 'node:net'

/** `host`: an IPv6 address without its brackets. */
export function isBypassed(
  host: string,
  port: number,
  entries: readonly string[],
): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return entries.some((entry) => matches(name, port, entry.toLowerCase()))
}

function matches(host: string, port: number, entry: string): boolean {
  if (entry === '*') return true
  const version = isIP(host)
  if (entry.includes('/')) return version !== 0 && isInBlock(host, entry)
  const { name, only } = readEntry(entry)
  if (only !== undefined && only !== port) return false
  if (version !== 0) return isIP(name) !== 0 && isSame(host, name)
  if (name.startsWith('*.')) return host.endsWith(name.slice(1))
  const plain = name.replace(/^\.|\.$/g, '')
  return plain !== '' && (host === plain || host.endsWith(`.${plain}`))
}

/** `host`, `host:port`, `[::1]:port` or an IPv6 address alone. */
function readEntry(entry: string): { name: string; only: number | undefined } {
  if (isIP(entry) !== 0) return { name: entry, only: undefined }
  const [, name = '', port] = /^(.*?)(?::(\d{1,5}))?$/.exec(entry) ?? []
  const only = port === undefined ? undefined : Number(port)
  return { name: name.replace(/^\[|\]$/g, ''), only }
}

function isInBlock(address: string, block: string): boolean {
  const [, base = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(block) ?? []
  const version = isIP(base)
  const most = version === 4 ? 32 : 128
  if (version === 0 || version !== isIP(address) || Number(bits) > most) {
    return false
  }
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(base, Number(bits), family)
  return list.check(address, family)
}

/** IPv6 addresses have several spellings. */
function isSame(one: string, other: string): boolean {
  if (isIP(one) !== 6 || isIP(other) !== 6) return one === other
  return isInBlock(one, `${other}/128`)
}

// IP addresses and blocks of them: `10.0.0.7`, `2001:db8::/32`.
// In: a text. Out: its numbers, or undefined if it is no address or block.
// INVARIANT: each address has one spelling and one family: an IPv4 address that
// is written as IPv6 (`::ffff:10.0.0.7`) is the IPv4 address.

/** Eight groups of 16 bits; IPv4 is within `::ffff:0:0/96`. */
export type Address = readonly number[]

export interface Block {
  readonly address: Address
  /** Of the 128. */
  readonly bits: number
}

const GROUPS = 8
const MAPPED: Address = [0, 0, 0, 0, 0, 0xffff]
/** Bits of an IPv4 block that stand before those it is written with. */
const MAPPED_BITS = 96

/** The longest: `ffff:…:255.255.255.255`. */
const MAX_LENGTH = 45

const BYTE = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
/** No zero before a digit: some read such a number as octal. */
const IPV4 = new RegExp(`^${BYTE}\\.${BYTE}\\.${BYTE}\\.${BYTE}$`)
const GROUP = /^[0-9a-f]{1,4}$/i

export function readAddress(text: string): Address | undefined {
  if (text.length > MAX_LENGTH) return undefined
  if (text.includes(':')) return readIpv6(text)
  const low = readIpv4(text)
  return low && [...MAPPED, ...low]
}

/** The two groups of an IPv4 address. */
function readIpv4(text: string): Address | undefined {
  const found = IPV4.exec(text)
  if (!found) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = found.slice(1).map(Number)
  return [a * 256 + b, c * 256 + d]
}

function readIpv6(text: string): Address | undefined {
  const [before = '', behind, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const left = readGroups(before, behind === undefined)
  const right = readGroups(behind ?? '', true)
  if (!left || !right) return undefined
  const missing = GROUPS - left.length - right.length
  if (behind === undefined ? missing !== 0 : missing < 1) return undefined
  return [...left, ...Array.from({ length: missing }, () => 0), ...right]
}

/** `isEnd`: the last of them may be an IPv4 address. */
function readGroups(text: string, isEnd: boolean): Address | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [i, part] of parts.entries()) {
    const isLast = isEnd && i === parts.length - 1
    const low = isLast && part.includes('.') ? readIpv4(part) : undefined
    if (low) groups.push(...low)
    else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** As RFC 5952 has it: lower case, the longest run of zeros left out. */
export function writeAddress(address: Address): string {
  if (isIpv4(address)) {
    const [high = 0, low = 0] = address.slice(-2)
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
  }
  const [start, length] = findZeros(address)
  const write = (groups: Address) =>
    groups.map((one) => one.toString(16)).join(':')
  if (length < 2) return write(address)
  const rest = address.slice(start + length)
  return `${write(address.slice(0, start))}::${write(rest)}`
}

/** The first of the longest runs of groups that are zero. */
function findZeros(address: Address): readonly [number, number] {
  let [start, length] = [0, 0]
  for (let from = 0; from < GROUPS; from++) {
    let end = from
    while (address[end] === 0) end++
    if (end - from > length) [start, length] = [from, end - from]
  }
  return [start, length]
}

function isIpv4(address: Address): boolean {
  return MAPPED.every((group, i) => address[i] === group)
}

/** `10.0.0.0/8`. The bits behind the mask may be set. */
export function readBlock(text: string): Block | undefined {
  const [, start = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const address = readAddress(start)
  if (!address) return undefined
  const bits = Number(digits) + (start.includes(':') ? 0 : MAPPED_BITS)
  return bits <= GROUPS * 16 ? { address, bits } : undefined
}

export function writeBlock(block: Block): string {
  const bits = isIpv4Block(block) ? block.bits - MAPPED_BITS : block.bits
  return `${writeAddress(block.address)}/${bits}`
}

/** The block without the bits behind its mask. */
export function maskBlock({ address, bits }: Block): Block {
  return { address: address.map((group, i) => group & maskOf(bits, i)), bits }
}

/** The block of one address. */
export function blockOf(address: Address): Block {
  return { address, bits: GROUPS * 16 }
}

/** A wider block, though IPv4 is within its numbers, has IPv6 addresses alone. */
export function isIpv4Block({ address, bits }: Block): boolean {
  return bits >= MAPPED_BITS && isIpv4(address)
}

export function isInBlock(address: Address, block: Block): boolean {
  if (isIpv4(address) !== isIpv4Block(block)) return false
  for (let i = 0; i * 16 < block.bits; i++) {
    const differ = (address[i] as number) ^ (block.address[i] as number)
    if ((differ & maskOf(block.bits, i)) !== 0) return false
  }
  return true
}

/** The bits of a group that a block of this many bits compares. */
function maskOf(bits: number, group: number): number {
  const own = Math.min(16, Math.max(0, bits - group * 16))
  return (0xffff << (16 - own)) & 0xffff
}

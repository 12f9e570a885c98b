// Octets of HTTP/1.1: which may stand where, and where a line ends.
// In: bytes. Out: positions and numbers.
// INVARIANT: only CR LF ends a line; a control character is nowhere allowed.

const CR = 0x0d
const LF = 0x0a
const TAB = 0x09

export const UNFINISHED = -1
export const BROKEN = -2

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/

/** 1 for the octets of a field's name. */
export const NAME_OCTETS = Uint8Array.from({ length: 256 }, (_, octet) =>
  TOKEN.test(String.fromCharCode(octet)) ? 1 : 0,
)

/** 1 for the octets of a line: text, tabs, and what once was ISO-8859-1. */
const LINE_OCTETS = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === TAB || (octet >= 0x20 && octet !== 0x7f) ? 1 : 0,
)

/** Where the CR stands that ends the line at `from`, or one of the above. */
export function findLineEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const octet = bytes[at] as number
    if (LINE_OCTETS[octet] === 1) continue
    if (octet !== CR) return BROKEN
    if (at + 1 === end) return UNFINISHED
    return bytes[at + 1] === LF ? at : BROKEN
  }
  return UNFINISHED
}

/** A number in digits of this base alone; BROKEN when it is none, or longer
 * than `digits`. */
export function readDigits(
  bytes: Buffer,
  from: number,
  end: number,
  base: 10 | 16,
  digits: number,
): number {
  if (from === end || end - from > digits) return BROKEN
  let value = 0
  for (let at = from; at < end; at++) {
    const digit = readDigit(bytes[at] as number)
    if (digit >= base) return BROKEN
    value = value * base + digit
  }
  return value
}

function readDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const letter = octet | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 16
}

export function isBlank(octet: number | undefined): boolean {
  return octet === 0x20 || octet === TAB
}

// Skips the numbers, literals and blanks of a JSON text (RFC 8259).
// INVARIANT: what is skipped is whole and right, or a Stop is thrown.

export interface Fault {
  readonly fault: 'encoding' | 'syntax' | 'depth' | 'duplicate' | 'size'
}

/** Leaves the recursion at the first fault; caught where the scan began. */
export class Stop {
  readonly fault: Fault['fault']
  constructor(fault: Fault['fault']) {
    this.fault = fault
  }
}

const MINUS = 0x2d

export function skipNumber(bytes: Buffer, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start
  at = bytes[at] === 0x30 ? at + 1 : skipDigits(bytes, at)
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1)
  if (bytes[at] !== 0x65 && bytes[at] !== 0x45) return at
  const sign = bytes[at + 1]
  const isSigned = sign === 0x2b || sign === MINUS
  return skipDigits(bytes, isSigned ? at + 2 : at + 1)
}

function skipDigits(bytes: Buffer, from: number): number {
  let at = from
  while (isDigit(bytes[at])) at++
  if (at === from) throw new Stop('syntax')
  return at
}

export function skipLiteral(bytes: Buffer, start: number): number {
  const word =
    bytes[start] === 0x74 ? TRUE : bytes[start] === 0x66 ? FALSE : NULL
  for (let i = 0; i < word.length; i++) {
    if (bytes[start + i] !== word.charCodeAt(i)) throw new Stop('syntax')
  }
  return start + word.length
}

const [TRUE, FALSE, NULL] = ['true', 'false', 'null'] as const

export function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
      return at
    }
    at++
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

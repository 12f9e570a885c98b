// The written form of a token: `gwt_<id>_<secret><crc>`.
// In: an id and 32 random bytes, or a text from outside. Out: the token, or its
// id.
// INVARIANT: a text with a wrong checksum is refused before any lookup.

/** Also for secret scanners. */
export const TOKEN_PATTERN = /^gwt_([a-z0-9]{12})_([0-9A-Za-z]{49})$/

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Writes a token; `secret` is 32 random bytes, `id` 12 of `[a-z0-9]`. */
export function formatToken(id: string, secret: Uint8Array): string {
  let number = 0n
  for (const byte of secret) number = (number << 8n) | BigInt(byte)
  const head = `gwt_${id}_${toBase62(number, 43)}`
  return head + toBase62(BigInt(crc32(head)), 6)
}

/** The token's id, or undefined if form or checksum is wrong. Called for every
 * request, so it converts no number to text. */
export function readTokenId(token: string): string | undefined {
  const id = TOKEN_PATTERN.exec(token)?.[1]
  if (id === undefined) return undefined
  const end = token.length - 6
  let crc = crc32(token, end)
  for (let at = token.length - 1; at >= end; at--) {
    if (token[at] !== BASE62[crc % 62]) return undefined
    crc = Math.floor(crc / 62)
  }
  return id
}

function toBase62(number: bigint, width: number): string {
  let text = ''
  for (let rest = number; rest > 0n; rest /= 62n) {
    text = BASE62[Number(rest % 62n)] + text
  }
  return text.padStart(width, '0')
}

/** Of one byte each. */
const REMAINDERS: readonly number[] = Object.freeze(
  Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
    }
    return crc
  }),
)

/** CRC-32 (IEEE 802.3) of an ASCII text, or of its beginning. */
function crc32(text: string, length = text.length): number {
  let crc = ~0
  for (let i = 0; i < length; i++) {
    const byte = (crc ^ text.charCodeAt(i)) & 0xff
    crc = (crc >>> 8) ^ (REMAINDERS[byte] as number)
  }
  return ~crc >>> 0
}

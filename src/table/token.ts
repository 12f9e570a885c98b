// The written form of a token: `gwt_<id>_<secret><crc>` (design §4.1 rule 10).
// In: an id and 32 random bytes, or a text somebody sent. Out: the token, or
// its id.
// INVARIANT: a text whose checksum is wrong is refused before any lookup.

/** For secret scanners too. */
export const TOKEN_PATTERN = /^gwt_([a-z0-9]{12})_([0-9A-Za-z]{49})$/

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Writes a token; `secret` is 32 random bytes, `id` 12 of `[a-z0-9]`. */
export function formatToken(id: string, secret: Uint8Array): string {
  let number = 0n
  for (const byte of secret) number = (number << 8n) | BigInt(byte)
  const head = `gwt_${id}_${toBase62(number, 43)}`
  return head + toBase62(BigInt(crc32(head)), 6)
}

/** The token's id, or undefined when form or checksum is wrong. */
export function readTokenId(token: string): string | undefined {
  const match = TOKEN_PATTERN.exec(token)
  if (!match) return undefined
  const crc = toBase62(BigInt(crc32(token.slice(0, -6))), 6)
  return token.endsWith(crc) ? match[1] : undefined
}

function toBase62(number: bigint, width: number): string {
  let text = ''
  for (let rest = number; rest > 0n; rest /= 62n) {
    text = BASE62[Number(rest % 62n)] + text
  }
  return text.padStart(width, '0')
}

/** CRC-32 (IEEE 802.3) of an ASCII text. */
function crc32(text: string): number {
  let crc = ~0
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
    }
  }
  return ~crc >>> 0
}

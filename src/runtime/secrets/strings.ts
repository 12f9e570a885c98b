// The strings of a message as they read. In: JSON bytes. Out: what stands in its
// strings, without their escapes, and where it came from.
// INVARIANT: one pass; a mark ends each string, so that no two are read as one.

/** Ends a string: no text has this byte. */
export const MARK = 0xff

const QUOTE = 0x22
const BACKSLASH = 0x5c
const U = 0x75

/** `starts`: where each byte begins in the message, one more than there are; it
 * ends where the next one begins. */
export function readStrings(bytes: Buffer, starts?: Int32Array): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let length = 0
  let isInside = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) {
      isInside = !isInside
      if (isInside) continue
    } else if (!isInside) continue
    if (starts) starts[length] = at
    if (byte !== BACKSLASH) out[length++] = byte === QUOTE ? MARK : byte
    else {
      const from = length
      length = writeEscaped(bytes, at + 1, out, length)
      starts?.fill(at, from, length)
      at += bytes[at + 1] === U ? 5 : 1
    }
  }
  if (starts) starts[length] = bytes.length
  return out.subarray(0, length)
}

/** Returns the new length of `out`. */
function writeEscaped(
  bytes: Buffer,
  at: number,
  out: Buffer,
  length: number,
): number {
  const sign = bytes[at] ?? 0
  if (sign !== U) {
    out[length] = CONTROLS.get(sign) ?? sign
    return length + 1
  }
  return writeCode(out, length, readHex(bytes, at + 1, 4))
}

/** As UTF-8; the second half of a pair goes with its first. Returns the new
 * length. */
export function writeCode(out: Buffer, length: number, given: number): number {
  let [code, end] = [given, length]
  const isSecond = code >= 0xdc00 && code < 0xe000
  // Three bytes that are a first half, and no other three.
  if (
    isSecond &&
    out[length - 3] === 0xed &&
    ((out[length - 2] ?? 0) & 0xf0) === 0xa0
  ) {
    const ten =
      (((out[length - 2] ?? 0) & 0x0f) << 6) | ((out[length - 1] ?? 0) & 0x3f)
    code = 0x10000 + (ten << 10) + (code - 0xdc00)
    end = length - 3
  }
  if (code < 0x80) {
    out[end] = code
    return end + 1
  }
  const size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  for (let left = size - 1; left >= 0; left--) {
    const six = (code >> (6 * left)) & 0x3f
    const lead = LEADS[size] as number
    out[end++] = left === size - 1 ? lead | (code >> (6 * left)) : 0x80 | six
  }
  return end
}

export function hexOf(byte: number): number {
  return byte < 0x40 ? byte - 0x30 : (byte | 0x20) - 0x57
}

export function readHex(bytes: Buffer, from: number, count: number): number {
  let code = 0
  for (let at = from; at < from + count; at++) {
    code = code * 16 + hexOf(bytes[at] ?? 0x30)
  }
  return code
}

const LEADS: readonly number[] = [0, 0, 0xc0, 0xe0, 0xf0]

/** What stands behind a backslash for a sign that has no other name. */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

// Compares bytes with a text in Latin-1: a string made of them costs far more.
// In: bytes, a text that they probably are. Out: whether they are.

export function isLatin1(
  bytes: Buffer,
  from: number,
  end: number,
  text: string,
): boolean {
  if (text.length !== end - from) return false
  for (let at = 0; at < text.length; at++) {
    if (bytes[from + at] !== text.charCodeAt(at)) return false
  }
  return true
}

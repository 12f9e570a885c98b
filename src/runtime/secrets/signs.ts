// Signs beyond ASCII, each as one of those that read the same.
// In: a code point. Out: another one, or none where it shows nothing.
// INVARIANT: no sign becomes one of more bytes.

/** Breaks, formats, and what else shows nothing. */
const HIDDEN = /[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u

/** 0: it shows nothing. */
export function foldSign(code: number): number {
  if (code < FIRST) return firstSigns()[code] as number
  // Most signs have one size and are seen: those of East Asia.
  if (code < 0xa640 || (code > 0xabbf && code < 0xfe00)) return code
  if (code > 0x1d17a && code < 0xe0000) return code
  return compute(code)
}

/** The letter of the other size, where that is one sign and no longer. */
function compute(code: number): number {
  const sign = String.fromCodePoint(Math.min(code, 0x10ffff))
  if (HIDDEN.test(sign)) return 0
  const upper = sign.toUpperCase()
  const large = upper.length === sign.length ? upper : sign
  const lower = large.toLowerCase()
  const small = lower.length === large.length ? lower : large
  const isShorter = Buffer.byteLength(small) <= Buffer.byteLength(large)
  return (isShorter ? small : large).codePointAt(0) as number
}

/** The signs before those of East Asia: few become others. */
const FIRST = 0x3200

function listFirst(): Uint16Array {
  const signs = Uint16Array.from({ length: FIRST }, (_, code) => code)
  const others = new RegExp(
    `${HIDDEN.source}|\\p{Changes_When_Casemapped}`,
    'gu',
  )
  for (const { index } of String.fromCharCode(...signs).matchAll(others)) {
    signs[index] = compute(index)
  }
  return signs
}

/** Made when a sign beyond ASCII is first folded, because it takes 4 MiB and the
 * tenth of a start; and once. */
const firstSigns = (() => {
  let made: Uint16Array | undefined
  return () => {
    made ??= listFirst()
    return made
  }
})()

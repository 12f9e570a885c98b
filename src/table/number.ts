// Numbers in JSON texts that a double cannot store exactly.
// In: JSON text. Out: the value, with a replacement for each such number.
// INVARIANT: a number that is kept is, for every reader, the written decimal;
// linear time.

/** Longer numbers are not compared: nobody writes them. */
const MAX_DIGITS = 64

/** Numbers of one text that are compared with their doubles. */
const MAX_COMPARED = 10_000

/** Every double stores this many digits exactly. */
const EXACT_DIGITS = 15

/** Parses JSON; `replace` returns the JSON for a number that a double rounds
 * (`100.00000000000000001`, `1e400`, 2^53 + 1), or that exceeds the compared
 * ones. */
export function parseExact(
  text: string,
  replace: (digits: string) => string,
): unknown {
  const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
  const parts: string[] = []
  let copied = 0
  let compared = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = findEnd(text, at)
      if (at === -1) break
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      number.lastIndex = at
      const [digits] = number.exec(text) ?? []
      if (digits === undefined) break
      if (!isShort(digits) && (++compared > MAX_COMPARED || !isExact(digits))) {
        parts.push(text.slice(copied, at), replace(digits))
        copied = at + digits.length
      }
      at += digits.length - 1
    }
  }
  if (parts.length === 0) return JSON.parse(text)
  return JSON.parse(parts.join('') + text.slice(copied))
}

const QUOTE = 0x22
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39

/** The closing quote of the string that opens at `from`; -1 without one. */
function findEnd(text: string, from: number): number {
  for (let at = from + 1; ; at++) {
    const end = text.indexOf('"', at)
    let before = end - 1
    while (text[before] === '\\') before--
    if (end === -1 || (end - before) % 2 === 1) return end
    at = end
  }
}

function isShort(digits: string): boolean {
  return digits.length <= EXACT_DIGITS && !/[eE]/.test(digits)
}

/** Whether the written decimal is the one that its double prints. */
function isExact(digits: string): boolean {
  if (digits.length > MAX_DIGITS) return false
  const value = Number(digits)
  if (!isExactValue(value)) return false
  return normalize(digits) === normalize(String(value))
}

/** Beyond this, parsing may have rounded: servers may read another number. */
export function isExactValue(value: number): boolean {
  if (!Number.isFinite(value)) return false
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

/** One spelling for each decimal: its digits, and the power of ten. */
function normalize(digits: string): string {
  const [, whole = '', part = '', power = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(digits) ?? []
  const all = (whole + part).replace(/^0+/, '')
  let end = all.length
  while (all[end - 1] === '0') end--
  const short = all.slice(0, end)
  if (short === '') return '0'
  const exponent = Number(power) - part.length + (all.length - short.length)
  return `${digits.startsWith('-') ? '-' : ''}${short}e${exponent}`
}

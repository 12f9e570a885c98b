// Texts that most messages hold as values: methods, versions, kinds.
// In: bytes. Out: the text that they are, if it is one of these.
// INVARIANT: a text is found only for exactly its own bytes.

import { LEGACY_VERSIONS, MODERN_VERSIONS, USES } from './methods.ts'

interface Frequent {
  readonly text: string
  readonly bytes: Buffer
}

const TEXTS: readonly string[] = [
  ...new Set([
    '2.0',
    'complete',
    'text',
    ...LEGACY_VERSIONS,
    ...MODERN_VERSIONS,
    ...USES.legacy.keys(),
    ...USES.modern.keys(),
  ]),
]

const LONGEST = Math.max(...TEXTS.map(({ length }) => length))
const SLOTS = 256

/** By length, first and last byte: few share a slot. */
const BY_SLOT: readonly (readonly Frequent[])[] = makeSlots()

/** `[start, end)`: without quotes. */
export function findFrequentText(
  bytes: Buffer,
  start: number,
  end: number,
): string | undefined {
  const length = end - start
  if (length === 0 || length > LONGEST) return undefined
  const slot = nameSlot(
    bytes[start] as number,
    bytes[end - 1] as number,
    length,
  )
  const frequent = BY_SLOT[slot] as readonly Frequent[]
  for (let i = 0; i < frequent.length; i++) {
    const one = frequent[i] as Frequent
    if (one.bytes.length === length && isAt(one.bytes, bytes, start)) {
      return one.text
    }
  }
  return undefined
}

function isAt(text: Buffer, bytes: Buffer, start: number): boolean {
  for (let at = 0; at < text.length; at++) {
    if (bytes[start + at] !== text[at]) return false
  }
  return true
}

function nameSlot(first: number, last: number, length: number): number {
  return (first + 7 * last + 31 * length) % SLOTS
}

function makeSlots(): readonly (readonly Frequent[])[] {
  const slots: Frequent[][] = Array.from({ length: SLOTS }, () => [])
  for (const text of TEXTS) {
    const bytes = Buffer.from(text)
    const first = bytes[0] as number
    const last = bytes[bytes.length - 1] as number
    slots[nameSlot(first, last, bytes.length)]?.push({ text, bytes })
  }
  return slots
}

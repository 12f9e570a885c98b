// Finds any of many byte sequences. In: sequences, a text. Out: where they stand.
// INVARIANT: one pass over the text for all of them, also where many begin alike;
// each place of each is found, also where they overlap, and a run of a sequence
// that repeats itself is read once.

interface Needle {
  readonly bytes: Buffer
  /** After so many bytes it may begin anew within itself. */
  readonly period: number
  readonly index: number
  /** The longest other one that it begins with. */
  within: Needle | undefined
}

/** No needle is shorter. */
export const SHORTEST = 4

const BITS = 14
const SPREAD = 0x9e3779b1

export class Needles {
  /** By a hash of how needles begin, where in `#alike` they are; 0: nowhere. */
  readonly #begins = new Uint16Array(1 << BITS)
  readonly #alike: Needle[][] = [[]]
  count = 0

  add(bytes: Buffer): void {
    const hash = hashKey(bytes.readInt32BE(0))
    const place = this.#begins[hash] || this.#alike.length
    const alike = this.#alike[place] ?? []
    const at = countUpTo(alike, bytes, 0)
    if (alike[at - 1]?.bytes.equals(bytes)) return
    const [period, index] = [findPeriod(bytes), this.count++]
    alike.splice(at, 0, { bytes, period, index, within: undefined })
    linkAll(alike)
    this.#alike[place] = alike
    this.#begins[hash] = place
  }

  /** Calls `found` with each stretch, until that returns true. */
  find(text: Buffer, found: (from: number, end: number) => boolean): boolean {
    if (this.count === 0) return false
    const begins = this.#begins
    const read = new Int32Array(this.count)
    let key = 0
    for (let at = 0; at < text.length; at++) {
      key = (key << 8) | (text[at] as number)
      const place = begins[hashKey(key)] as number
      if (place === 0) continue
      const from = at - SHORTEST + 1
      const alike = this.#alike[place] as Needle[]
      // Comparing long ones again at each byte of a run would cost their length.
      if (isRead(alike, read, from)) continue
      // Those that stand here are the beginnings of one another.
      let needle = alike[countUpTo(alike, text, from) - 1]
      for (; needle; needle = needle.within) {
        const { bytes, index } = needle
        if (from < (read[index] as number) || !stands(bytes, text, from)) {
          continue
        }
        const end = findEnd(needle, text, from)
        read[index] = end - bytes.length + 1
        if (found(from, end)) return true
      }
    }
    return false
  }
}

/** Of four bytes. */
function hashKey(key: number): number {
  return Math.imul(key, SPREAD) >>> (32 - BITS)
}

/** Whether the run that stands here was read for all of them. */
function isRead(
  alike: readonly Needle[],
  read: Int32Array,
  from: number,
): boolean {
  for (const { index } of alike) {
    if (from >= (read[index] as number)) return false
  }
  return true
}

/** How many, of those in order, are not behind the text from there on. */
function countUpTo(
  alike: readonly Needle[],
  text: Buffer,
  from: number,
): number {
  let [low, high] = [0, alike.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const { bytes } = alike[middle] as Needle
    const at = countSame(bytes, text, from)
    const isBehind =
      at < bytes.length && (bytes[at] as number) > (text[from + at] ?? -1)
    if (isBehind) high = middle
    else low = middle + 1
  }
  return low
}

/** Each follows those that it begins with. */
function linkAll(alike: readonly Needle[]): void {
  let before: Needle | undefined
  for (const needle of alike) {
    while (before && !stands(before.bytes, needle.bytes, 0)) {
      before = before.within
    }
    needle.within = before
    before = needle
  }
}

function stands(bytes: Buffer, text: Buffer, from: number): boolean {
  return countSame(bytes, text, from) === bytes.length
}

function countSame(bytes: Buffer, text: Buffer, from: number): number {
  let at = 0
  while (at < bytes.length && text[from + at] === bytes[at]) at++
  return at
}

/** Where the last needle ends, of those that follow within one another. */
function findEnd(
  { bytes, period }: Needle,
  text: Buffer,
  from: number,
): number {
  const first = from + bytes.length
  let end = first
  while (end < text.length && text[end] === text[end - period]) end++
  return end - ((end - first) % period)
}

/** Of Knuth, Morris and Pratt. */
function findPeriod(bytes: Buffer): number {
  const borders = new Int32Array(bytes.length)
  for (let at = 1, border = 0; at < bytes.length; at++) {
    while (border > 0 && bytes[at] !== bytes[border]) {
      border = borders[border - 1] as number
    }
    if (bytes[at] === bytes[border]) border++
    borders[at] = border
  }
  return bytes.length - (borders[bytes.length - 1] as number)
}

// Finds any of many byte sequences. In: sequences, a text. Out: where they stand.
// INVARIANT: one pass over the text for all of them, however many; each place of
// each is found, also where they overlap; a run that repeats itself is read once.

interface Needle {
  readonly bytes: Buffer
  /** After so many bytes it may begin anew within itself. */
  readonly period: number
  /** The longest other one that it begins with. */
  within: Needle | undefined
  /** How often it was added. */
  uses: number
  /** In the search of this number, it was read up to there. */
  search: number
  read: number
}

/** No needle is shorter. */
export const SHORTEST = 4

const BITS = 14
const SPREAD = 0x9e3779b1

export class Needles {
  /** By a hash of how needles begin, where in `#alike` they are; 0: nowhere. */
  readonly #begins = new Uint16Array(1 << BITS)
  readonly #alike: Needle[][] = [[]]
  #search = 0
  count = 0

  add(bytes: Buffer): void {
    const hash = hashKey(bytes.readInt32BE(0))
    const place = this.#begins[hash] || this.#alike.length
    const alike = this.#alike[place] ?? []
    const at = countUpTo(alike, bytes, 0)
    const same = alike[at - 1]
    if (same?.bytes.equals(bytes)) {
      same.uses++
      return
    }
    insert(alike, at, bytes)
    this.#alike[place] = alike
    this.#begins[hash] = place
    this.count++
  }

  /** Takes back one `add` of the same bytes. */
  remove(bytes: Buffer): void {
    const place = this.#begins[hashKey(bytes.readInt32BE(0))] as number
    const alike = this.#alike[place] as Needle[]
    const at = countUpTo(alike, bytes, 0) - 1
    const found = alike[at]
    if (!found?.bytes.equals(bytes) || --found.uses > 0) return
    alike.splice(at, 1)
    relink(alike, at, found, found.within)
    this.count--
  }

  /** Calls `found` with each stretch, until that returns true. */
  find(text: Buffer, found: (from: number, end: number) => boolean): boolean {
    if (this.count === 0) return false
    const begins = this.#begins
    const search = ++this.#search
    let key = 0
    for (let at = 0; at < text.length; at++) {
      key = (key << 8) | (text[at] as number)
      const place = begins[hashKey(key)] as number
      if (place === 0) continue
      const from = at - SHORTEST + 1
      const alike = this.#alike[place] as Needle[]
      // Comparing long ones again at each byte of a run would cost their length.
      if (isRead(alike, search, from)) continue
      // Those that stand here are the beginnings of one another.
      let needle = alike[countUpTo(alike, text, from) - 1]
      for (; needle; needle = needle.within) {
        const { bytes } = needle
        if (wasRead(needle, search, from) || !stands(bytes, text, from)) {
          continue
        }
        const end = findEnd(needle, text, from)
        needle.search = search
        needle.read = end - bytes.length + 1
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
  search: number,
  from: number,
): boolean {
  for (const needle of alike) {
    if (!wasRead(needle, search, from)) return false
  }
  return true
}

function wasRead(needle: Needle, search: number, from: number): boolean {
  return needle.search === search && from < needle.read
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
function insert(alike: Needle[], at: number, bytes: Buffer): void {
  let within = alike[at - 1]
  while (within && !stands(within.bytes, bytes, 0)) within = within.within
  const period = findPeriod(bytes)
  const needle = { bytes, period, within, uses: 1, search: 0, read: 0 }
  relink(alike, at, needle, needle)
  alike.splice(at, 0, needle)
}

/** Those from there on that begin with a needle, which comes or goes: whose
 * longest beginning is that, or is the one before it, get another. */
function relink(
  alike: readonly Needle[],
  at: number,
  needle: Needle,
  longest: Needle | undefined,
): void {
  const old = longest === needle ? needle.within : needle
  for (let next = at; next < alike.length; next++) {
    const one = alike[next] as Needle
    if (!stands(needle.bytes, one.bytes, 0)) return
    if (one.within === old) one.within = longest
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

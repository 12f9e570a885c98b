// Takes secret values out of what a server says, in every form that programs
// print them in. In: its values; messages, texts. Out: the same without them.
// INVARIANT: linear in the bytes; depth and form are no way around; what holds no
// secret is returned as it is; a message stays one, hardly longer; memory is bounded.

import { fold } from './fold.ts'
import { listNeedles, type Mode } from './forms.ts'
import { Needles } from './needles.ts'
import { spareWords } from './spared.ts'
import { readStrings } from './strings.ts'

const MASK = Buffer.from('[redacted]')

/** Where many short values would make a message so much longer. */
const SHORT_MASK = Buffer.from('****')
const MOST_GROWN = 4_096

const FOLDINGS = ['plain', 'deep'] as const

/** Of a place, the last values: a session that began with one of them may be
 * open. */
const KEPT = 32

export class Redactor {
  /** By place, the last one last. */
  readonly #values = new Map<string, readonly string[]>()
  readonly #needles = makeNeedles()

  /** `place`: where the value stands; there it follows the one before. `kept`: so
   * many of that place are looked for. */
  add(value: string, place = value, kept = KEPT): void {
    const values = this.#values.get(place) ?? []
    if (values.at(-1) === value) return
    if (!values.includes(value)) this.#learn(value)
    const all = [...values.filter((one) => one !== value), value]
    for (const old of all.splice(0, all.length - kept)) this.#unlearn(old)
    this.#values.set(place, all)
  }

  /** No value of the place is looked for any more. */
  forget(place: string): void {
    for (const value of this.#values.get(place) ?? []) this.#unlearn(value)
    this.#values.delete(place)
  }

  #learn(value: string): void {
    for (const [mode, needle] of listNeedles(value)) {
      this.#needles[mode].add(needle)
    }
  }

  #unlearn(value: string): void {
    for (const [mode, needle] of listNeedles(value)) {
      this.#needles[mode].remove(needle)
    }
  }

  /** A message's bytes; its keys too, but for what it is read by. */
  redact(bytes: Buffer): Buffer {
    if (this.#values.size === 0) return bytes
    if (!this.#holds(readStrings(bytes))) return bytes
    const starts = new Int32Array(bytes.length + 1)
    const masked = this.#mask(readStrings(bytes, starts), bytes, starts)
    spareWords(bytes, masked)
    return writeMasked(bytes, masked)
  }

  /** `most`: of its bytes so many are told, but all of them are searched, so
   * that no beginning of a secret is left where it ends. */
  redactText(said: string, most = Number.POSITIVE_INFINITY): string {
    const bytes = Buffer.from(said)
    let end = Math.min(bytes.length, most)
    while (isInsideSign(bytes[end])) end--
    const told = bytes.subarray(0, end)
    const safe = this.#holds(bytes)
      ? writeMasked(told, this.#mask(bytes, bytes))
      : told
    return `${safe}${end < bytes.length ? '…' : ''}`
  }

  /** Those that some value is looked for in. */
  get #foldings() {
    return FOLDINGS.filter((folding) => this.#needles[folding].count > 0)
  }

  #holds(text: Buffer): boolean {
    const { exact } = this.#needles
    const isFirst = () => true
    return (
      exact.find(text, isFirst) ||
      this.#foldings.some((folding) =>
        this.#needles[folding].find(fold(text, folding), isFirst),
      )
    )
  }

  /** By byte of `bytes`, which `text` was read from: 1 where it goes. */
  #mask(text: Buffer, bytes: Buffer, starts?: Int32Array): Uint8Array {
    const masked = new Uint8Array(bytes.length)
    const mark = (start: number, end: number): boolean => {
      let from = starts?.[start] ?? start
      let to = starts?.[end] ?? end
      // No half of a sign stays.
      while (isInsideSign(bytes[from])) from--
      while (isInsideSign(bytes[to])) to++
      masked.fill(1, from, to)
      return false
    }
    this.#needles.exact.find(text, mark)
    const { length } = text
    const places = {
      starts: new Int32Array(length),
      ends: new Int32Array(length),
    }
    for (const folding of this.#foldings) {
      this.#needles[folding].find(fold(text, folding, places), (from, end) =>
        mark(places.starts[from] as number, places.ends[end - 1] as number),
      )
    }
    return masked
  }
}

function makeNeedles(): Readonly<Record<Mode, Needles>> {
  return { exact: new Needles(), plain: new Needles(), deep: new Needles() }
}

function isInsideSign(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

/** `masked`, by byte: 1 where it goes. */
function writeMasked(bytes: Buffer, masked: Uint8Array): Buffer {
  const [kept, marks] = count(masked.subarray(0, bytes.length))
  const grown = kept + marks * MASK.length - bytes.length
  const mask = grown > MOST_GROWN ? SHORT_MASK : MASK
  const safe = Buffer.allocUnsafe(kept + marks * mask.length)
  let end = 0
  for (let at = 0; at < bytes.length; at++) {
    if (masked[at] === 0) safe[end++] = bytes[at] as number
    else if (masked[at - 1] !== 1) {
      safe.set(mask, end)
      end += mask.length
    }
  }
  return safe
}

/** Of bytes that stay, and of stretches that go. */
function count(masked: Uint8Array): readonly [number, number] {
  let kept = 0
  let marks = 0
  for (let at = 0; at < masked.length; at++) {
    if (masked[at] === 0) kept++
    else if (masked[at - 1] !== 1) marks++
  }
  return [kept, marks]
}

// Takes secret values out of what a server says, in every form that programs
// print them in. In: its values; messages, texts. Out: the same without them.
// INVARIANT: linear in the bytes, whatever they are; depth and form of a message
// are no way around; what holds no secret is returned as it is.

import { fold, MARK, type Mode, type Places } from './fold.ts'

const MASK = Buffer.from('[redacted]')

/** Shorter ones are looked for as they are: a form of them may be any text. */
const LEAST = 8

/** What is left of a form is looked for when it is no shorter. */
const LEAST_FOLDED = 4

const MODES = ['exact', 'plain', 'deep'] as const

export class Redactor {
  readonly #values = new Set<string>()
  readonly #needles: Record<Mode, readonly Buffer[]> = {
    exact: [],
    plain: [],
    deep: [],
  }

  add(value: string): void {
    if (value === '' || this.#values.has(value)) return
    this.#values.add(value)
    const values = [...this.#values]
    for (const mode of MODES) {
      this.#needles[mode] = listNeedles(values, mode)
    }
  }

  /** A message's bytes; its keys too, but for those as short as the protocol's
   * own. */
  redact(bytes: Buffer): Buffer {
    return this.#clean(bytes, true)
  }

  redactText(said: string): string {
    const bytes = Buffer.from(said)
    const safe = this.#clean(bytes, false)
    return safe === bytes ? said : safe.toString()
  }

  #clean(bytes: Buffer, isMessage: boolean): Buffer {
    return MODES.reduce(
      (safe, mode) => clean(safe, mode, isMessage, this.#needles[mode]),
      bytes,
    )
  }
}

/** Without the bytes that `needles` were written with. */
function clean(
  bytes: Buffer,
  mode: Mode,
  isMessage: boolean,
  needles: readonly Buffer[],
): Buffer {
  if (needles.length === 0) return bytes
  const folded = fold(bytes, mode, isMessage)
  const found = needles.filter((needle) => folded.includes(needle))
  if (found.length === 0) return bytes
  const { length } = bytes
  const places = {
    starts: new Int32Array(length),
    ends: new Int32Array(length),
  }
  fold(bytes, mode, isMessage, places)
  const mayKeep = isMessage && mode === 'exact'
  const masked = new Uint8Array(length)
  for (const needle of found) {
    let at = folded.indexOf(needle)
    while (at !== -1) {
      const end = at + needle.length
      if (!mayKeep || !isShortKey(folded, at, bytes, places)) {
        masked.fill(1, places.starts[at], places.ends[end - 1])
      }
      at = folded.indexOf(needle, end)
    }
  }
  return writeMasked(bytes, masked)
}

/** `masked`, by byte: 1 where it goes. */
function writeMasked(bytes: Buffer, masked: Uint8Array): Buffer {
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    if (masked[at] === 0) length++
    else if (masked[at - 1] !== 1) length += MASK.length
  }
  const safe = Buffer.allocUnsafe(length)
  let end = 0
  for (let at = 0; at < bytes.length; at++) {
    if (masked[at] === 0) safe[end++] = bytes[at] as number
    else if (masked[at - 1] !== 1) end += MASK.copy(safe, end)
  }
  return safe
}

const QUOTE = 0x22
const COLON = 0x3a
const SPACES: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]

/** Whether what is found lies in a key that is shorter than any form. */
function isShortKey(
  folded: Buffer,
  found: number,
  bytes: Buffer,
  { ends }: Places,
): boolean {
  let from = found
  while (from > found - LEAST && folded[from - 1] !== MARK) from--
  if (folded[from - 1] !== MARK) return false
  let end = found
  while (end - from < LEAST && end < folded.length && folded[end] !== MARK) {
    end++
  }
  let at = ends[end - 1] as number
  if (end - from >= LEAST || bytes[at++] !== QUOTE) return false
  while (SPACES.includes(bytes[at] ?? 0)) at++
  return bytes[at] === COLON
}

/** What is looked for in a text that is folded so. A form of which too little is
 * left is looked for as it is. */
function listNeedles(values: readonly string[], mode: Mode): readonly Buffer[] {
  const needles = values.flatMap((value) => {
    if (value.length < LEAST) return mode === 'exact' ? [value] : []
    if (mode === 'exact') {
      return listForms(value, 'plain').filter((form) => !leaves(form, 'plain'))
    }
    return listForms(value, mode)
      .filter((form) => leaves(form, mode))
      .map((form) => foldText(form, mode))
  })
  return [...new Set(needles)].map((needle) => Buffer.from(needle))
}

function leaves(form: string, mode: Mode): boolean {
  return foldText(form, mode).length >= LEAST_FOLDED
}

/** A backslash at its end would go with what follows it. */
function foldText(text: string, mode: Mode): string {
  return fold(Buffer.from(text), mode, false).toString().replace(/\\$/, '')
}

/** A value as it is, and as encoders write it; with `plain`, where escapes are
 * not resolved, also as JSON, URLs and markup do. */
function listForms(value: string, mode: Mode): readonly string[] {
  const bytes = Buffer.from(value)
  const own = [
    value,
    bytes.toString('hex'),
    ...[0, 1, 2].map((shift) => encodeAt(bytes, shift)),
  ]
  if (mode === 'deep') return own
  const percent = encodeURIComponent(value)
  return [
    ...own,
    JSON.stringify(value).slice(1, -1),
    value.replaceAll(/[&<>"']/g, (sign) => MARKUP[sign] ?? sign),
    percent,
    percent.replaceAll('%20', '+'),
    encodeURIComponent(percent),
  ]
}

const MARKUP: Readonly<Record<string, string>> = Object.freeze({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
})

/** Base64 of the value behind so many other bytes: the signs that are its own. */
function encodeAt(bytes: Buffer, shift: number): string {
  const before = Buffer.alloc(shift)
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor(((shift + bytes.length) * 8) / 6)
  return Buffer.concat([before, bytes]).toString('base64').slice(first, last)
}

// Takes secret values out of what a server says, in every form that programs
// print them in. In: its values; messages, texts. Out: the same without them.
// INVARIANT: depth and form of a message are no way around: strings are found
// by their quotes alone; what holds no secret is returned as it is.

import { decodeString } from '../message/node.ts'
import { type Edit, splice } from '../message/splice.ts'

const MASK = '[redacted]'

/** Shorter ones are looked for as they are: a form of them may be any text. */
const LEAST = 8

export class Redactor {
  readonly #values = new Set<string>()
  #pattern: RegExp | undefined

  add(value: string): void {
    if (value === '' || this.#values.has(value)) return
    this.#values.add(value)
    const forms = [...this.#values].flatMap(listForms)
    // Of two that begin alike, the longer one first.
    const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length)
    this.#pattern = new RegExp(sorted.map(escapePattern).join('|'), 'g')
  }

  /** A message's bytes; its keys too, but for those as short as the protocol's
   * own. */
  redact(bytes: Buffer): Buffer {
    if (!this.#pattern) return bytes
    const edits: Edit[] = []
    for (let start = bytes.indexOf(QUOTE); start !== -1; ) {
      const end = findEnd(bytes, start)
      const said = decodeString(bytes, start, end)
      const safe = this.redactText(said)
      const kept = said.length < LEAST && isKey(bytes, end)
      if (safe !== said && !kept)
        edits.push({ start, end, text: JSON.stringify(safe) })
      start = bytes.indexOf(QUOTE, end)
    }
    return splice(bytes, edits)
  }

  redactText(said: string): string {
    if (!this.#pattern) return said
    const safe = said.replace(this.#pattern, MASK)
    return this.#isSplit(safe) ? MASK : safe
  }

  /** Broken over lines, or by signs that show nothing. */
  #isSplit(said: string): boolean {
    if (!BREAKS.test(said)) return false
    const whole = said.replaceAll(ALL_BREAKS, '')
    return [...this.#values].some(
      (value) =>
        value.length >= LEAST &&
        whole.includes(value.replaceAll(ALL_BREAKS, '')),
    )
  }
}

const BREAKS = /[\s\p{Cf}\p{Cc}]/u
const ALL_BREAKS = /[\s\p{Cf}\p{Cc}]+/gu

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const SPACES: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]

function isKey(bytes: Buffer, end: number): boolean {
  let at = end
  while (SPACES.includes(bytes[at] ?? 0)) at++
  return bytes[at] === COLON
}

/** Behind the closing quote of the string that opens at `start`. */
function findEnd(bytes: Buffer, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) {
    at += bytes[at] === BACKSLASH ? 2 : 1
  }
  return Math.min(at + 1, bytes.length)
}

/** A value as it is, and as JSON, URLs, markup and encoders write it. */
function listForms(value: string): readonly string[] {
  if (value.length < LEAST) return [value]
  const bytes = Buffer.from(value)
  const hex = bytes.toString('hex')
  const percent = encodeURIComponent(value)
  const json = JSON.stringify(value).slice(1, -1)
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    value.replaceAll(/[&<>"']/g, (sign) => MARKUP[sign] ?? sign),
    percent,
    percent.toLowerCase(),
    percent.replaceAll('%20', '+'),
    encodeURIComponent(percent),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((shift) => encodeAt(bytes, shift)),
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
function encodeAt(bytes: Buffer, shift: number): readonly string[] {
  const before = Buffer.alloc(shift)
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor(((shift + bytes.length) * 8) / 6)
  const whole = Buffer.concat([before, bytes])
  return (['base64', 'base64url'] as const).map((form) =>
    whole.toString(form).slice(first, last),
  )
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

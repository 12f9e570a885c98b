// Literals that look like credentials: they belong in the environment or a
// file, never in a config that is committed and reviewed.
// In: the authored value, whatever its shape. Out: findings.
// INVARIANT: no finding repeats the value, nor any part of it.

import type { Diagnostic } from '../contract/diagnostic.ts'
import { looksLikeCredential } from '../diagnostics/credential.ts'
import { joinPointer, showPath, splitPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { readPlaceholder } from './references.ts'

/** Headers whose whole value is a credential, whatever it looks like. */
const SECRET_HEADERS =
  /^(?:proxy-)?authorization$|^cookie$|api-?key|secret|token/i

/** Names of variables and of query members that hold one. */
const SECRET_NAMES = /secret|token|passw|api_?key|credential/i

/** Where text of high entropy is more likely a secret than anything else. */
const LIKELY =
  /^\/(?:servers\/[^/]+\/(?:headers|env)|telemetry\/otlp\/headers)\/[^/]+$/

/** Bits a character, and characters, from which a text is no word. */
const ENTROPY = Object.freeze({ bits: 3.6, length: 20 })

export function checkSecrets(authored: unknown): readonly Diagnostic[] {
  return listTexts(authored, '').flatMap(({ text, pointer }) => {
    if (looksLikeCredential(text) || isLikelySecret(text, pointer)) {
      const message = `${showPath(pointer)} holds what looks like a credential`
      const help = "pass it by `env`: { NAME: secret('env:NAME') }"
      const args = /\/args\/\d+$/.test(pointer) ? { help } : {}
      return [finding('GW2015', pointer, message, args)]
    }
    if (!/\/url$/.test(pointer) || readPlaceholder(text)) return []
    if (!hasSecretInUrl(text)) return []
    const message = `${showPath(pointer)} holds what looks like a credential`
    const help = "send it as a header: bearer('env:NAME') or secret('env:NAME')"
    return [finding('GW2015', pointer, message, { help })]
  })
}

function isLikelySecret(text: string, pointer: string): boolean {
  if (!LIKELY.test(pointer) || /^(?:env|file):/.test(text)) return false
  // Meant to be filled in: said in another way.
  if (readPlaceholder(text)) return false
  const [name = ''] = splitPointer(pointer).slice(-1)
  const named = pointer.includes('/headers/')
    ? SECRET_HEADERS.test(name)
    : SECRET_NAMES.test(name)
  if (named && text !== '') return true
  return text.split(/[\s,;=]+/).some(isRandom)
}

function hasSecretInUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.password !== '') return true
  return [...url.searchParams].some(
    ([name, value]) =>
      value !== '' && (SECRET_NAMES.test(name) || isRandom(value)),
  )
}

/** Long, of mixed kinds, and without repetition: drawn, not written. */
function isRandom(text: string): boolean {
  if (text.length < ENTROPY.length || !/^[\w+/.=~-]+$/.test(text)) return false
  if (!/\d/.test(text) || !/[a-z]/i.test(text)) return false
  // Paths, host names and versions are long too, but made of words.
  const longest = text
    .split(/[/.-]/)
    .reduce((a, b) => (a.length < b.length ? b : a))
  return longest.length >= ENTROPY.length && entropyOf(longest) >= ENTROPY.bits
}

/** Shannon's, in bits a character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  return [...counts.values()]
    .map((count) => count / text.length)
    .reduce((sum, share) => sum - share * Math.log2(share), 0)
}

function listTexts(
  value: unknown,
  pointer: string,
): readonly { readonly text: string; readonly pointer: string }[] {
  if (typeof value === 'string') return [{ text: value, pointer }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    listTexts(member, joinPointer(pointer, key)),
  )
}

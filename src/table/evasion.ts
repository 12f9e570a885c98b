// Paths and URIs that may lead to another place than they show.
// In: a value, a pattern. Out: is it evasive; does it match (undefined: doubt).
// INVARIANT: linear time, for a bounded text; a text that can be decoded in
// several ways, or is too long, is evasive.

import { normalizeText } from './fold.ts'
import { matchPattern } from './match.ts'

/** UTF-16 units of a text that is checked. */
export const MAX_TEXT = 65_536

/** The form of nearly all paths: one reading, and no dot segment. */
const ORDINARY =
  /^(?:[a-z][a-z0-9+-]*:\/\/[a-z0-9-]*(?:\.[a-z0-9-]+)*(?=\/|$))?(?:\/?\.?[\w-]+(?:\.[\w-]+)*(?:\/\.?[\w-]+(?:\.[\w-]+)*)*\/?)?$/

/** Whether a value matches a pattern in every reading. */
export function judgePath(pattern: string, value: string): boolean | undefined {
  if (value.length > MAX_TEXT) return undefined
  if (ORDINARY.test(value)) return matchPattern(pattern, value)
  const read = decodePath(value)
  if (read === undefined || isElsewhere(read)) return undefined
  // A home folder, unless the pattern begins with it too.
  if (isHome(read) && !isHome(pattern)) return undefined
  const matches = matchPattern(pattern, value)
  const bare = matchPattern(
    readBare(decodePath(pattern) ?? pattern),
    readBare(read),
  )
  return bare === matches ? matches : undefined
}

/** Whether a value certainly matches a pattern over paths or URIs. */
export function matchPath(pattern: string, value: string): boolean {
  return judgePath(pattern, value) === true
}

/** A `.` or `..` segment, an empty one, a backslash or a control character, in
 * any encoding: no pattern matches such a value. */
export function isEvasive(value: string): boolean {
  if (value.length > MAX_TEXT) return true
  if (ORDINARY.test(value)) return false
  const read = decodePath(value)
  return read === undefined || isHome(read) || isElsewhere(read)
}

function isHome(read: string): boolean {
  return read.trimStart().startsWith('~')
}

/** More rounds of decoding than any chain of servers does. */
const MAX_ROUNDS = 8

/** Decodes until nothing changes; undefined if that does not end, or if only
 * lax decoders continue (overlong UTF-8, unpaired surrogates). */
function decodePath(value: string): string | undefined {
  let read = value
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = decodeOnce(read)
    if (next === read) return next
    if (next === undefined) return undefined
    read = next
  }
  return undefined
}

/** Named character references: readers support different names. */
const NAMED = /&[a-z][a-z\d]*;/i

function decodeOnce(text: string): string | undefined {
  let read = text
  if (read.includes('&')) {
    if (NAMED.test(read)) return undefined
    read = read.replace(/&#(x?)([\da-f]{1,6});?/gi, toSign)
  }
  if (read.includes('%')) {
    try {
      read = read
        .replace(/(?:%[\da-f]{2})+/gi, decodeURIComponent)
        .replace(/%u([\da-f]{4})/gi, (_, hex) => toSign('', 'x', hex))
    } catch {
      return undefined
    }
  }
  return normalizeText(read)
}

/** The character of a numeric character reference. */
function toSign(whole: string, base: string, digits: string): string {
  const code = Number.parseInt(digits, base === '' ? 10 : 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole
}

/** Control characters, surrogates, and what some systems treat as `\`. */
const FOREIGN = /[\p{Cc}\p{Cs}\\\u2216\u29f5\u29f9]/u

/** After a scheme, two or three slashes are no empty segment. */
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\/\/?/i

/** Dots and slashes in quoted-printable (RFC 2045 §6.7). */
const QUOTED = /=(2e|2f|5c)/gi

function isElsewhere(read: string): boolean {
  if (leadsElsewhere(read)) return true
  const plain = read.replace(QUOTED, (_, hex) => toSign('', 'x', hex))
  return plain !== read && leadsElsewhere(plain)
}

function leadsElsewhere(read: string): boolean {
  if (FOREIGN.test(read)) return true
  const from = SCHEME.exec(read)?.[0].length ?? 0
  const path = from === 0 ? read : read.slice(from - 1)
  return hasEmptySegment(path) || hasDotSegment(read)
}

/** Two slashes: some readers start at the root again. Those of a URL inside do
 * not count. */
function hasEmptySegment(path: string): boolean {
  for (
    let at = path.indexOf('//');
    at !== -1;
    at = path.indexOf('//', at + 1)
  ) {
    if (path[at - 1] !== ':') return true
  }
  return false
}

/** What some reader treats as the end of a segment: slashes and characters that
 * look like or decode to one, parameters, streams, queries. */
const SEPARATORS = new Set('/?#:;=&\u00a5\u20a9\u2044\u2215\u29f8\u2571')

/** Dots, characters read as dots, and what some systems drop beside them. */
const DOTS = new Set('.\u3002\u0701\u0702\ua4f8\ua60e')
const DROPPED = /[\s+\u2800\p{M}]/u

function hasDotSegment(read: string): boolean {
  let dots = 0
  let others = 0
  for (const sign of read) {
    if (SEPARATORS.has(sign)) {
      if (dots > 0 && others === 0) return true
      dots = 0
      others = 0
    } else if (DOTS.has(sign)) {
      dots++
    } else if (others === 0 && !DROPPED.test(sign)) {
      others++
    }
  }
  return dots > 0 && others === 0
}

/** A path without what servers may drop: parameters and streams of segments,
 * blanks and dots at their ends, a URI's query; its host in lower case. */
function readBare(value: string): string {
  const read = value.trim()
  const scheme = SCHEME.exec(read)?.[0]
  const path =
    scheme === undefined ? read : (read.split(/[?#]/, 1)[0] as string)
  const [head, ...rest] = path.split('/').map(trimSegment)
  if (scheme === undefined) return [head, ...rest].join('/')
  const [empty = '', host = '', ...inside] = rest
  return [head?.toLowerCase(), empty, host.toLowerCase(), ...inside].join('/')
}

function trimSegment(segment: string): string {
  const kept = segment.split(/;|::\$/, 1)[0] as string
  let end = kept.length
  while (end > 0 && (kept[end - 1] === '.' || kept[end - 1] === ' ')) end--
  return kept.slice(0, end)
}

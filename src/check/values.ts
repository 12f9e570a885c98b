// Values that can be checked alone: patterns, URLs, instants.
// In: a config of valid shape. Out: findings.
// INVARIANT: pure; an instant is checked as written, never against a clock.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { ConstraintConfig } from '../contract/entries.ts'
import type { TokenConfig } from '../contract/policy.ts'
import { readInstant } from '../contract/units.ts'
import { maskCredentials, quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each, listEntries, type Placed } from './entries.ts'
import { guessUrl } from './guess.ts'
import { readPlaceholder } from './references.ts'
import { quoteLiteral } from './words.ts'

/** Signs of other pattern languages, and what to write here instead. */
const INSTEAD: Readonly<Record<string, string>> = Object.freeze({
  '!': 'patterns have no negation: use `deny` for what must be refused',
  '{': 'patterns have no alternatives: write one entry for each',
  '}': 'patterns have no alternatives: write one entry for each',
  ',': 'patterns have no alternatives: write one entry for each',
  '|': 'patterns have no alternatives: write one entry for each',
  '?': 'patterns have no sign for a single character: write `*`, or write each name',
  '[': 'patterns have no character classes: write `*`, or write each name',
  ']': 'patterns have no character classes: write `*`, or write each name',
  ' ': 'names have no blanks: write one entry for each',
  '**': 'one `*` stands for any number of characters, including `/`',
})

const NO_REGEX =
  'patterns are not regular expressions: write literal characters and `*`'

/** What a tool or prompt pattern, a URI and a `glob` may not contain. */
const FOREIGN = Object.freeze({
  name: /[!{}?[\]()|^$+,\\\s]|\*\*/,
  uri: /^!|[{}[\]\\\s]|\*\*/,
  text: /^!|[{}[\]?]|\*\*/,
})

export function checkValues(gateway: GatewayConfig): readonly Diagnostic[] {
  return [
    ...listEntries(gateway).flatMap(checkPatterns),
    ...checkUrls(gateway),
    ...each(gateway.tokens?.grants, '/tokens/grants').flatMap(checkInstants),
  ]
}

function checkPatterns({ entry, pointer }: Placed): readonly Diagnostic[] {
  if (typeof entry === 'string') return checkPattern(entry, 'name', pointer)
  if ('resource' in entry) {
    const at = joinPointer(pointer, 'resource')
    const foreign = checkPattern(entry.resource, 'uri', at)
    return foreign.length > 0 ? foreign : checkEvasion(entry.resource, at)
  }
  if ('prompt' in entry) {
    return checkPattern(entry.prompt, 'name', joinPointer(pointer, 'prompt'))
  }
  const when = each('when' in entry ? entry.when : {}, `${pointer}/when`)
  return [
    ...checkPattern(entry.tool ?? '', 'name', joinPointer(pointer, 'tool')),
    ...when.flatMap(([{ glob = '' }, at]) =>
      checkPattern(glob, 'text', `${at}/glob`),
    ),
    ...when.flatMap(checkConstraint),
  ]
}

function checkPattern(
  pattern: string,
  kind: keyof typeof FOREIGN,
  pointer: string,
): readonly Diagnostic[] {
  const sign = FOREIGN[kind].exec(pattern)?.[0]
  if (sign === undefined) return []
  const message = `pattern ${quote(pattern)} cannot have ${quote(sign)}`
  const help = INSTEAD[sign] ?? NO_REGEX
  const now = pattern.replaceAll(/\*+/g, '*')
  const word = { part: 'value', was: pattern, now } as const
  const certain = now !== pattern && !FOREIGN[kind].test(now) ? { word } : {}
  return [finding('GW2009', pointer, message, { help, ...certain })]
}

/** Conditions that nothing satisfies; the schema reports an empty `in`. */
function checkConstraint([rule, at]: readonly [
  ConstraintConfig,
  string,
]): readonly Diagnostic[] {
  const { min, max, glob, equals, in: among } = rule
  const say = (why: string, help: string) => [
    finding('GW2012', at, `${showPath(at)}: ${why}`, { help }),
  ]
  if (min !== undefined && max !== undefined && min > max) {
    const why = `no number is at least ${min} and at most ${max}`
    return say(why, `exchange them: { min: ${max}, max: ${min} }`)
  }
  const evasive = checkEvasion(glob ?? '', at)
  if (evasive.length > 0) return evasive
  const beyond = [equals, ...(among ?? [])].filter(isBeyond)
  const wanted = among ? among.length : 1
  const far = (min ?? 0) > MAX_EXACT || (max ?? 0) < -MAX_EXACT
  if (!far && beyond.length < wanted) return []
  const why = 'a number of that size is not exact, so no value satisfies it'
  return say(
    why,
    `use numbers up to ${MAX_EXACT}, or make the server accept a text`,
  )
}

/** A pattern over values that can match no value. */
function checkEvasion(pattern: string, at: string): readonly Diagnostic[] {
  if (!EVASIVE.test(pattern)) return []
  const message = `${showPath(at)}: ${quote(pattern)} matches nothing`
  const help = 'no pattern matches a `.` or `..` segment or a backslash'
  return [finding('GW2012', at, message, { help })]
}

/** A `.`, `..` or empty segment, or a backslash, whatever the stars match. */
const EVASIVE = /\\|[^:/]\/\/|(?:^|[/?#])(?:\.|%2e){1,2}(?:[/?#]|$)/i

const MAX_EXACT = Number.MAX_SAFE_INTEGER

function isBeyond(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
}

function checkUrls({ servers, telemetry }: GatewayConfig) {
  const urls = each(servers, '/servers').flatMap(([server, at]) =>
    server.type === 'http'
      ? [[literalOf(server.url), `${at}/url`] as const]
      : [],
  )
  if (telemetry) urls.push([telemetry.otlp.url, '/telemetry/otlp/url'])
  return urls.flatMap(([url, pointer]) => {
    const protocol = URL.canParse(url) ? new URL(url).protocol : ''
    if (protocol === 'http:' || protocol === 'https:') return []
    // checkReferences reports variables.
    if (readPlaceholder(url)) return []
    // Userinfo and query may contain what no message may repeat.
    const shown = quote(maskCredentials(url).replace(/\/\/[^/]*@|\?.*/g, '…'))
    const message = `${showPath(pointer)}: ${shown} is not an http or https URL`
    const meant = guessUrl(url)
    const help = meant ? { help: `did you mean ${quoteLiteral(meant)}?` } : {}
    return [finding('GW2010', pointer, message, help)]
  })
}

/** A secret is allowed only after the host: so a reviewer sees where it is
 * sent, and the secret cannot choose the host. */
function literalOf(url: string | { readonly join: readonly unknown[] }) {
  if (typeof url === 'string') return url
  const [first] = url.join
  const begins = typeof first === 'string' && /^\w+:\/\/[^/?#]+[/?]/.test(first)
  return begins
    ? url.join.map((part) => (typeof part === 'string' ? part : 'x')).join('')
    : ''
}

function checkInstants([token, at]: readonly [
  TokenConfig,
  string,
]): readonly Diagnostic[] {
  const keys = ['created', 'notBefore', 'expires', 'revoked'] as const
  return keys.flatMap((key) => {
    const written = token[key]
    if (written === undefined || readInstant(written) !== undefined) return []
    const pointer = joinPointer(at, key)
    const message = `${showPath(pointer)}: ${quote(written)} is not an instant`
    return [finding('GW2011', pointer, message)]
  })
}

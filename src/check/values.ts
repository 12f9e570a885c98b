// Values that speak for themselves: patterns, URLs, instants.
// In: a config that has its shape. Out: findings.
// INVARIANT: pure; an instant is judged as written, never against a clock.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Constraint, TokenConfig } from '../contract/policy.ts'
import { readInstant } from '../contract/units.ts'
import { maskCredentials, quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each, listEntries, type Placed } from './entries.ts'

/** Signs that other pattern languages have, and what to write here instead. */
const INSTEAD: Readonly<Record<string, string>> = Object.freeze({
  '!': 'patterns have no negation: allow what is meant, and `deny` the rest',
  '{': 'patterns have no alternatives: write one entry for each',
  '}': 'patterns have no alternatives: write one entry for each',
  ',': 'patterns have no alternatives: write one entry for each',
  '|': 'patterns have no alternatives: write one entry for each',
  '?': 'patterns have no single-character sign: write `*`, or the names out',
  '[': 'patterns have no character classes: write `*`, or the names out',
  ']': 'patterns have no character classes: write `*`, or the names out',
})

/** What may not stand in a tool or prompt pattern, in a URI, in a `glob`. */
const FOREIGN = Object.freeze({
  name: /[!{}?[\]()|^$+,\\\s]/,
  uri: /^!|[{}[\]\\\s]/,
  text: /^!|[{}[\]?]/,
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
    return checkPattern(entry.resource, 'uri', joinPointer(pointer, 'resource'))
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
    ...when.flatMap(checkRange),
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
  const help = INSTEAD[sign]
  return [finding('GW2009', pointer, message, help ? { help } : {})]
}

function checkRange([{ min, max }, at]: readonly [
  Constraint,
  string,
]): readonly Diagnostic[] {
  if (min === undefined || max === undefined || min <= max) return []
  const message = `${showPath(at)}: no number is at least ${min} and at most ${max}`
  return [finding('GW2012', at, message)]
}

function checkUrls({ servers, telemetry }: GatewayConfig) {
  const urls = each(servers, '/servers').flatMap(([server, at]) =>
    server.type === 'http' ? [[server.url, `${at}/url`] as const] : [],
  )
  if (telemetry) urls.push([telemetry.otlp.url, '/telemetry/otlp/url'])
  return urls.flatMap(([url, pointer]) => {
    const protocol = URL.canParse(url) ? new URL(url).protocol : ''
    if (protocol === 'http:' || protocol === 'https:') return []
    // Userinfo and query may hold what no message may repeat.
    const shown = quote(maskCredentials(url).replace(/\/\/[^/]*@|\?.*/g, '…'))
    const message = `${showPath(pointer)}: ${shown} is not an http or https URL`
    return [finding('GW2010', pointer, message)]
  })
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

// Literals that look like credentials: they belong in the environment or a
// file, never in a config that is committed and reviewed.
// In: the authored value, of any shape. Out: findings.
// INVARIANT: no finding repeats the value, nor any part of it.

import type { Diagnostic } from '../contract/diagnostic.ts'
import { looksLikeCredential } from '../diagnostics/credential.ts'
import { joinPointer, showPath, splitPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { listPrograms } from './programs.ts'
import { readPlaceholder } from './references.ts'

/** Headers whose whole value is a credential. */
const SECRET_HEADERS =
  /^(?:proxy-)?authorization$|^cookie$|api-?key|secret|token/i

/** Names of variables and of query members that contain a credential. */
const SECRET_NAMES = /secret|token|passw|api_?key|credential/i

/** Keys whose text, if of high entropy, is most likely a secret. */
const LIKELY =
  /^\/(?:servers\/[^/]+\/(?:headers|env|auth\/parameters)|telemetry\/otlp\/headers)\/[^/]+$/

/** Bits for each character, and characters, that no word reaches. */
const ENTROPY = Object.freeze({ bits: 3.6, length: 20 })

/** Keys whose text may contain a URL with a password. */
const ADDRESSES =
  /\/(?:url|issuer|tokenEndpoint|authorizationEndpoint|publicUrl|proxy)$|^\/servers\/[^/]+\/(?:args\/\d+|env\/[^/]+|command|cwd)$/

const IN_ARGS =
  "pass it by `env`: { NAME: secret('env:NAME') }, or if that is not possible as { join: ['--flag=', secret('env:NAME')] }"

const IN_URL =
  "send it as a header: bearer('env:NAME') or secret('env:NAME'); or { join: ['https://HOST/?key=', secret('env:NAME')] }"

const IN_PROXY =
  "write it as a reference: proxy: { url: 'http://HOST:PORT', auth: basic('USER', 'env:PROXY_PASSWORD') }"
const IN_EXEC =
  "pass it by the program's environment: { exec: [ … ], env: ['NAME'] }, and set the variable where the gateway runs"

/** Of the flags of a program that prints a secret, those whose value is one:
 * `--secret-id prod/key` names what it prints. */
const OWN_SECRET_FLAGS =
  /(?:^|[-_])(?:token|passw(?:or)?d|passphrase|api[-_]?key|access[-_]?key|client[-_]?secret|session)$/i

/** Some programs have these as switches: `gopass show --password github`. */
const SWITCHES = /passw(?:or)?d|passphrase/i

/** `--api-key VALUE`, `--api-key=VALUE`, `-e API_KEY=VALUE`, `--header`
 * `X-Api-Key: VALUE`: the value is always a credential. */
const FLAG = /^--?[\w-]+$/
const SECRET_FLAGS =
  /secret|token(?![a-z])|passw(?:or)?d|api[-_]?key|credential|auth(?![a-z])/i
const NO_SECRET =
  /(?:file|path|type|url|uri|name|env|tokens|mode|method|provider|timeout|ttl|limit)$/i
const PAIR = /^(?:--?)?([\w-]+)=(.+)$/s
const SECRET_PAIRS =
  /secret|token(?![a-z])|passw(?:or)?d|api[-_]?key|credential/i
const HEADER =
  /^(?:(?:proxy-)?authorization|cookie|[\w-]*(?:api-?key|token|secret))\s*[:=]\s*(.+)$/i

function isSecretArgument(text: string, before: unknown): boolean {
  if (readPlaceholder(text) || /\$|^%/.test(text)) return false
  const [, name = '', value = ''] = PAIR.exec(text) ?? []
  const isPair = SECRET_PAIRS.test(name) && !NO_SECRET.test(name)
  if (isPair) return isValue(value)
  const header = HEADER.exec(text)?.[1]
  if (header !== undefined && /header|^-H$/i.test(String(before))) return true
  if (typeof before !== 'string' || !FLAG.test(before)) return false
  const isFlag = SECRET_FLAGS.test(before) && !NO_SECRET.test(before)
  return isFlag && isValue(text)
}

/** Not a flag, a number or a switch. */
function isValue(text: string): boolean {
  if (/^[A-Z][A-Z0-9_]*$/.test(text)) return false
  return !/^-|^(?:\d+|true|false|none|yes|no)$|^\.{0,2}\//i.test(text)
}

function checkArguments(authored: unknown): readonly Diagnostic[] {
  const { servers } = Object(authored) as { readonly servers?: unknown }
  return Object.entries(Object(servers)).flatMap(([name, server]) => {
    const { args } = Object(server) as { readonly args?: unknown }
    if (!Array.isArray(args)) return []
    return args.flatMap((arg, index) => {
      if (typeof arg !== 'string' || looksLikeCredential(arg)) return []
      if (!isSecretArgument(arg, args[index - 1])) return []
      return [describe(joinPointer('/servers', name, 'args', index), IN_ARGS)]
    })
  })
}

/** The arguments of programs that print secrets. */
function checkPrograms(authored: unknown): readonly Diagnostic[] {
  return listPrograms(authored).flatMap(({ exec, pointer }) =>
    exec.flatMap((arg: unknown, index) => {
      if (typeof arg !== 'string' || looksLikeCredential(arg)) return []
      if (!isOwnSecret(arg, exec[index - 1])) return []
      return [describe(joinPointer(pointer, 'exec', index), IN_EXEC)]
    }),
  )
}

function isOwnSecret(text: string, before: unknown): boolean {
  if (readPlaceholder(text) || /\$|^%/.test(text)) return false
  const urls = text.match(/[a-z][a-z+.-]{0,30}:\/\/\S+/gi) ?? []
  if (urls.some((one) => URL.canParse(one) && new URL(one).password !== '')) {
    return true
  }
  const [, name = '', value = ''] = /^--?([\w-]+)=(.+)$/s.exec(text) ?? []
  if (OWN_SECRET_FLAGS.test(name)) return isValue(value)
  const flag = typeof before === 'string' && FLAG.test(before) ? before : ''
  const takesValue = OWN_SECRET_FLAGS.test(flag) && !SWITCHES.test(flag)
  return takesValue && isValue(text)
}

function describe(pointer: string, help: string | undefined): Diagnostic {
  const message = `${showPath(pointer)} contains what looks like a credential`
  return finding('GW2015', pointer, message, help ? { help } : {})
}

export function checkSecrets(authored: unknown): readonly Diagnostic[] {
  const texts = listTexts(authored, '').flatMap(({ text, pointer }) => {
    if (looksLikeCredential(text) || isLikelySecret(text, pointer)) {
      if (/\/exec\/\d+$/.test(pointer)) return [describe(pointer, IN_EXEC)]
      const isArgument = /\/args\/\d+(?:\/|$)/.test(pointer)
      return [describe(pointer, isArgument ? IN_ARGS : undefined)]
    }
    if (!ADDRESSES.test(pointer) || readPlaceholder(text)) return []
    const urls = text.match(/[a-z][a-z+.-]{0,30}:\/\/\S+/gi) ?? []
    if (!urls.some(hasSecretInUrl)) return []
    return [describe(pointer, suggestPlace(pointer))]
  })
  const told = new Set(texts.map(({ pointer }) => pointer))
  const given = [...checkArguments(authored), ...checkPrograms(authored)]
  const more = given.filter(({ pointer }) => !told.has(pointer))
  return [...texts, ...more]
}

function suggestPlace(pointer: string): string {
  if (/\/proxy(?:\/url)?$/.test(pointer)) return IN_PROXY
  return pointer.endsWith('/url') ? IN_URL : IN_ARGS
}

function isLikelySecret(text: string, pointer: string): boolean {
  if (!LIKELY.test(pointer) || /^(?:env|file):/.test(text)) return false
  // A variable has its own finding.
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
  const named = [...url.searchParams].some(
    ([name, value]) =>
      value !== '' && (SECRET_NAMES.test(name) || isRandom(value)),
  )
  return named || url.pathname.split('/').some(isCreated)
}

/** The digest of a commit or an image is public. */
function isCreated(segment: string): boolean {
  return !/^(?:[\da-f]{40}|[\da-f]{64})$/.test(segment) && isRandom(segment)
}

/** Long, of mixed kinds, without repetition: random, not written by hand. */
function isRandom(text: string): boolean {
  if (text.length < ENTROPY.length || !/^[\w+/.=~-]+$/.test(text)) return false
  if (!/\d/.test(text) || !/[a-z]/i.test(text)) return false
  // Paths, host names and versions are long too, but consist of words.
  const longest = text
    .split(/[/.-]/)
    .reduce((a, b) => (a.length < b.length ? b : a))
  return longest.length >= ENTROPY.length && entropyOf(longest) >= ENTROPY.bits
}

/** Shannon entropy, in bits for each character. */
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

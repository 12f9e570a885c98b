// Which texts of a client's file are credentials.
// In: a text, and the name beside it. Out: whether it is one.
// INVARIANT: what `gateway check` takes for a credential is one here too, for
// the same function decides; here some more texts are.

import { checkSecrets } from '../../check/secrets.ts'
import { looksLikeCredential } from '../../diagnostics/credential.ts'

/** More names than `check` has: a reference too many harms nobody. */
const NAMES =
  /(?:^|[_-])(?:\w*keys?|pat|pwd|pass|passphrase|auth|authorization|dsn|cookie|private|jwt|bearer|signature|sig|sid|otp|salt|seed|mnemonic|webhook)(?:$|[_-])/i

/** Names of what is about a credential, and none. */
const NO_SECRET =
  /(?:file|path|type|name|mode|method|provider|timeout|ttl|limit|enabled|url|uri|id)$/i

/** `Password=x;`, `"api_key": "x"`, `Bearer x`, inside of another text. */
const INSIDE =
  /\b(?:Bearer|Basic)\s+[\w+/=.~-]{6,}|(?:password|passwd|pwd|secret|token|(?:api|access|account|shared)[-_]?\w{0,16}key)["']?\s*[=:]\s*["']?[^\s"';,=:$%{<]{3,}/i

/** A digest of a commit or an image is public. */
const DIGEST = /^(?:[\da-f]{40}|[\da-f]{64})$/

const ID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

export function isSecretText(name: string, text: string): boolean {
  if (text === '') return false
  if (isSecretName(name) && isValue(text)) return true
  return judge('env', name, text) || isRandom(text) || INSIDE.test(text)
}

function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
  return NAMES.test(words) && !NO_SECRET.test(words)
}

/** Not a switch, a number or a path. */
function isValue(text: string): boolean {
  return !/^(?:true|false|yes|no|on|off|none|\d{1,5})$|^\.{0,2}\/|^-|^~/i.test(
    text,
  )
}

/** `--key VALUE`; and what is inside of one argument. */
export function isSecretArgument(text: string, before: string): boolean {
  const [, flag] = /^--?([\w-]+)$/.exec(before) ?? []
  if (flag !== undefined && flag.length > 1 && isSecretName(flag)) {
    if (isValue(text) && !/\s/.test(text)) return true
  }
  return isRandom(text) || INSIDE.test(text)
}

export function isSecretHeader(name: string, text: string): boolean {
  return judge('headers', name, text) || isSecretText(name, text)
}

/** Long and without a pattern, wherever it stands in the text. */
export function isRandom(text: string): boolean {
  if (looksLikeCredential(text)) return true
  return text
    .split(/[^\w+/.=~-]+/)
    .filter((piece) => piece.length >= 20 && !DIGEST.test(piece))
    .some((piece) => judge('env', 'X', piece))
}

/** A part of an address: ids that only its owner has count too. */
export function isSecretSegment(text: string): boolean {
  return ID.test(text) || isRandom(text)
}

/** Indices of the arguments that `check` takes for credentials. */
export function findSecretArguments(
  args: readonly string[],
): ReadonlySet<number> {
  const found = checkSecrets({ servers: { x: { type: 'stdio', args } } })
  return new Set(
    found.map(({ pointer }) => Number(/\/args\/(\d+)/.exec(pointer)?.[1])),
  )
}

function judge(member: 'env' | 'headers', name: string, text: string): boolean {
  // The name is one that no text can change the meaning of.
  const own = name.replaceAll(/[^\w-]/g, '_') || 'X'
  const server = { [member]: new Map([[own, text]]) }
  const authored = {
    servers: { x: { [member]: Object.fromEntries(server[member] ?? []) } },
  }
  return checkSecrets(authored).length > 0
}

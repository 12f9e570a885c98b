// The keys of a server over HTTP: address, headers, sign-in.
// In: an entry with an address. Out: members of a server, as authored.
// INVARIANT: a credential in the address becomes a reference after the host, or
// a header; the host is always a text that a reviewer can read.

import { FRAMING_HEADERS, MESSAGE_HEADERS } from '../../contract/headers.ts'
import { isLoopback } from '../../contract/hosts.ts'
import { type Authored, remark, type Turning, toUpper } from './draft.ts'
import { ask, drop } from './entry.ts'
import { AS_OF, findHosted } from './hosted.ts'
import {
  isSecretHeader,
  isSecretSegment,
  isSecretText,
} from './secret-texts.ts'
import {
  joinTexts,
  type Piece,
  resolveText,
  takeSecret,
  textOf,
  toValue,
} from './turn-texts.ts'
import { refer } from './variables.ts'

const UNKNOWN = 'https://fill-in.invalid/'

export function turnHttp(turning: Turning, address: string): Authored {
  const { entry } = turning
  const pieces = resolveText(turning, defaultHost(turning, address), 'url')
  const [first] = pieces
  if (!hasHost(pieces)) {
    if (/^(?:wss?|unix|pipe|npipe):/i.test(address)) {
      drop(entry, '', 'the gateway reaches servers over http and https only')
    } else
      ask(
        entry,
        'url',
        'the address has a variable in its host, or none: write it out',
      )
    entry.disabled = true
    return { type: 'http', url: UNKNOWN }
  }
  const written = String(first)
  const known = findHosted(written)
  const { url, header } = turnUrl(turning, pieces)
  const headers = turnHeaders(turning)
  if (header !== undefined && !headers.has('authorization')) {
    headers.set('authorization', header)
  }
  const auth = turnAuth(turning, known, headers, typeof url === 'string')
  if (isLoopback(new URL(written).hostname) && !entry.disabled) {
    ask(
      entry,
      'url',
      'this is an address of one machine: does the server run beside the gateway?',
    )
  }
  return {
    type: 'http',
    url,
    ...(headers.size > 0 && { headers: Object.fromEntries(headers) }),
    ...(auth && { auth }),
  }
}

/** `${BASE:-https://x.example}/mcp`: a reviewer reads the host, so it is the
 * default. */
function defaultHost(turning: Turning, address: string): string {
  const text = address.trim()
  const [whole, name = '', host = ''] =
    /^\$\{(?:env:)?(\w+):?-(https?:\/\/[^}]+)\}/.exec(text) ?? []
  if (whole === undefined) return text
  remark(turning, 'url', `this is the default of ${name} in the client`)
  return host + text.slice(whole.length)
}

/** All of the host is in the first text, so that no variable chooses it. */
function hasHost([first, ...rest]: readonly Piece[]): boolean {
  if (typeof first !== 'string' || !URL.canParse(first)) return false
  const [, , , , path = ''] = ADDRESS.exec(first) ?? []
  return ADDRESS.test(first) && (rest.length === 0 || /^[/?]/.test(path))
}

const ADDRESS = /^(https?:\/\/)(?:([^/?#@]*)@)?([^/?#]+)([\s\S]*)$/i

function turnUrl(turning: Turning, pieces: readonly Piece[]) {
  const [first, ...rest] = pieces
  const [, scheme = '', account, host = '', path = ''] =
    ADDRESS.exec(String(first)) ?? []
  const turned = [
    scheme + host,
    ...turnPath(turning, path),
    ...rest.flatMap((one) =>
      typeof one === 'string' ? turnPath(turning, one) : [one],
    ),
  ]
  const url = toValue(joinTexts(turned))
  return { url, header: account ? turnAccount(turning, account) : undefined }
}

/** Segments, and values of the query. */
function turnPath(turning: Turning, text: string): readonly Piece[] {
  const { name } = turning
  const tokens = text.replace(/#[\s\S]*$/, '').split(/([/?&=])/)
  return tokens.flatMap((token, at): readonly Piece[] => {
    if (token === '' || /^[/?&=]$/.test(token)) return [token]
    const isMember = tokens[at - 1] === '='
    const key = isMember ? (tokens[at - 2] ?? '') : ''
    const secret = isMember
      ? isSecretText(key, decode(token))
      : isSecretSegment(decode(token))
    if (!secret || (!isMember && tokens[at + 1] === '=')) {
      return turning.variables.split(token)
    }
    const wanted = `${toUpper(name)}_${key === '' ? 'URL_KEY' : toUpper(key).replaceAll(/\W/g, '_')}`
    return [{ secret: takeSecret(turning, token, wanted) }]
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `user:password@` of an address. */
function turnAccount(turning: Turning, account: string): unknown {
  const [user = '', password = ''] = account.split(':').map(decode)
  const wanted = `${toUpper(turning.name)}_PASSWORD`
  remark(turning, 'headers', 'the name and the password were in the address')
  return basicOf(turning, user, password, wanted)
}

function basicOf(
  turning: Turning,
  user: string,
  password: string,
  wanted: string,
) {
  const fits = /^[\x21-\x39\x3b-\x7e][\x20-\x39\x3b-\x7e]{0,200}$/.test(user)
  if (fits && password !== '' && !isSecretSegment(user)) {
    return { basic: { user, secret: takeSecret(turning, password, wanted) } }
  }
  const both = Buffer.from(`${user}:${password}`).toString('base64')
  return {
    scheme: { name: 'Basic', secret: takeSecret(turning, both, wanted) },
  }
}

function turnHeaders(turning: Turning): Map<string, unknown> {
  const turned = new Map<string, unknown>()
  for (const [name, value] of turning.entry.headers) {
    const own = name.toLowerCase()
    const key = `headers.${name}`
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(own) || own === '__proto__') {
      drop(turning.entry, key, 'a header cannot have this name')
    } else if (FRAMING_HEADERS.includes(own) || MESSAGE_HEADERS.includes(own)) {
      drop(turning.entry, key, 'the gateway writes this header itself')
    } else if (/\{\{/.test(value)) {
      drop(
        turning.entry,
        key,
        'the client fills it in for each person; the gateway knows who calls and sends no such header',
      )
    } else turned.set(own, turnHeader(turning, own, value))
  }
  return turned
}

function turnHeader(turning: Turning, name: string, value: string): unknown {
  const { entry } = turning
  const pieces = resolveText(turning, value.trim(), 'headers')
  const plain = name
    .replace(/^x-/, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .toUpperCase()
  const upper = toUpper(turning.name)
  const wanted =
    name === 'authorization'
      ? `${upper}_TOKEN`
      : plain.startsWith(`${upper}_`)
        ? plain
        : `${upper}_${plain}`
  const [first, second] = pieces
  const text = textOf(pieces)
  if (text !== undefined) return turnLiteral(turning, name, text, wanted)
  if (typeof first === 'object' && pieces.length === 1) return first
  const [, scheme] = /^([A-Za-z][\w-]*) +$/.exec(String(first)) ?? []
  if (
    scheme !== undefined &&
    typeof second === 'object' &&
    pieces.length === 2
  ) {
    return schemeOf(scheme, second.secret)
  }
  ask(
    entry,
    'headers',
    `${wanted} is now the whole value of ${name}, with the text around its variable`,
  )
  return { secret: refer(wanted) }
}

function turnLiteral(
  turning: Turning,
  name: string,
  text: string,
  wanted: string,
): unknown {
  const [, scheme, rest = ''] =
    /^([A-Za-z][\w-]*) +(\S[\s\S]*)$/.exec(text) ?? []
  const isCredential =
    isSecretHeader(name, text) ||
    turning.variables.isIn(text) ||
    /^(?:bearer|basic|token)$/i.test(scheme ?? '')
  if (!isCredential && /^[\t\x20-\x7e]*$/.test(text)) return text
  if (name !== 'authorization' && !/^(?:bearer|basic)$/i.test(scheme ?? '')) {
    return { secret: takeSecret(turning, text, wanted) }
  }
  if (scheme === undefined) return { secret: takeSecret(turning, text, wanted) }
  if (/^basic$/i.test(scheme)) {
    const [, user = '', password = ''] =
      /^([^:]*):([\s\S]*)$/.exec(
        Buffer.from(rest, 'base64').toString('utf8'),
      ) ?? []
    if (user !== '') return basicOf(turning, user, password, wanted)
  }
  return schemeOf(scheme, takeSecret(turning, rest, wanted))
}

function schemeOf(scheme: string, secret: string): unknown {
  return /^bearer$/i.test(scheme)
    ? { bearer: secret }
    : { scheme: { name: scheme, secret } }
}

function turnAuth(
  turning: Turning,
  known: ReturnType<typeof findHosted>,
  headers: ReadonlyMap<string, unknown>,
  isPlain: boolean,
): Authored | undefined {
  const { entry } = turning
  if (headers.has('authorization')) {
    if (known?.signIn === 'only') {
      ask(
        entry,
        'headers',
        `${known.operator} accepts only sign-ins, as of ${AS_OF}: is it auth: oauth({ as: 'person' })?`,
      )
    }
    if (entry.auth)
      drop(entry, 'auth', 'the header `authorization` is sent in its place')
    return undefined
  }
  const isOpen = headers.size === 0 && isPlain
  if (!entry.auth && !(known && isOpen)) {
    if (entry.signsInIfAsked && isOpen) {
      ask(
        entry,
        '',
        "mcp-remote signed in if the server asked for it: does it? Then add auth: oauth({ as: 'person' }).",
      )
    }
    return undefined
  }
  const { id, clientSecret, scopes, resource } = entry.auth ?? {}
  if (known && id === undefined) describeHosted(turning, known)
  const secret =
    clientSecret === undefined
      ? undefined
      : turnLiteralSecret(turning, clientSecret)
  return {
    type: 'oauth',
    as: 'person',
    ...(id !== undefined && { client: { id, ...(secret && { secret }) } }),
    ...(scopes && { scopes }),
    ...(resource !== undefined && { resource }),
  }
}

function turnLiteralSecret(turning: Turning, text: string) {
  const [first, second] = resolveText(turning, text, 'auth')
  if (typeof first === 'object' && second === undefined) return first
  return {
    secret: takeSecret(turning, text, `${toUpper(turning.name)}_CLIENT_SECRET`),
  }
}

function describeHosted(
  turning: Turning,
  known: NonNullable<ReturnType<typeof findHosted>>,
): void {
  const { operator, needsClient, header } = known
  remark(
    turning,
    'auth',
    `each person signs in to ${operator} with an account of their own (as of ${AS_OF})`,
  )
  if (needsClient) {
    ask(
      turning.entry,
      'auth',
      `${operator} registers no unknown clients: which client: { id, secret } is yours?`,
    )
  }
  if (header !== undefined) {
    remark(
      turning,
      'auth',
      `one credential for all is a header in place of auth: ${header}`,
    )
  }
}

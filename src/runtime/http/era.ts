// Which protocol does a message speak, and does its head agree?
// In: a message, its head, the sessions. Out: a Claim, or a refusal.
// INVARIANT: the body decides and the headers are held against it
// (docs/specification/2026-07-28, basic/transports and basic/versioning).

import { shorten } from '../base/json-text.ts'
import { type Client, makeClient, NOBODY } from '../message/client-info.ts'
import { decodeHeader } from '../message/header-values.ts'
import {
  findNode,
  isNull,
  type Message,
  parseNode,
  readString,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import {
  claimsModern,
  ENVELOPE,
  isLegacyVersion,
  isModernVersion,
  LATEST_LEGACY,
  LEGACY_VERSIONS,
  LISTS,
  MODERN_VERSIONS,
  USES,
} from '../message/methods.ts'
import { invalid, type Refusal } from '../message/refusal.ts'
import type { Node } from '../message/scan.ts'
import type { Head } from './head.ts'
import type { ClientSession, ClientSessions } from './sessions.ts'

export interface Claim {
  readonly era: Era
  readonly protocol: string
  readonly client: Client
  readonly session: ClientSession | null
}

export function readClaim(
  message: Message,
  head: Head,
  sessions: ClientSessions,
  tokenId: string,
): Claim | Refusal {
  const meta = findNode(message.params, '_meta')
  const unbounded = judgeNames(message, meta)
  if (unbounded) return unbounded
  const version = findNode(meta, `${ENVELOPE}protocolVersion`)
  if (version && meta) return readModern(message, head, meta, version)
  if (head.version !== undefined && claimsModern(head.version)) {
    return rejectBareModern(message, head.version)
  }
  if (message.method === 'initialize') return readInitialize(message)
  if (head.session === undefined) return readNoSession(message, head)
  return readSession(head.session, head, sessions, tokenId)
}

const METHOD = /^[A-Za-z0-9_$./:-]{1,128}$/

/** Signs of a progress token, its quotes included. */
const LONGEST_TOKEN = 258

/** Bytes of what a client says of itself: icons may be a part of it. */
const LONGEST_SELF = 128 * 1024

/** What is kept of a message, written beside others or parsed is short: judged
 * by its place, before anybody reads it. */
function judgeNames(
  { kind, method, bytes, params }: Message,
  meta: Node | undefined,
): Refusal | undefined {
  if (kind !== 'response' && !METHOD.test(method)) {
    return invalid('`method` is not the name of a method')
  }
  const token = findNode(meta, 'progressToken')
  if (token && !isToken(token) && !isNull(bytes, token)) {
    return invalid('`progressToken` is not a string or number of 256 bytes')
  }
  const isFirst = method === 'initialize'
  return (
    judgeSelf(meta, `${ENVELOPE}clientInfo`) ??
    judgeSelf(meta, `${ENVELOPE}clientCapabilities`) ??
    (isFirst ? judgeSelf(params, 'clientInfo') : undefined) ??
    (isFirst ? judgeSelf(params, 'capabilities') : undefined)
  )
}

function isToken({ type, start, end }: Node): boolean {
  const isKnown = type === 'string' || type === 'number'
  return isKnown && end - start <= LONGEST_TOKEN
}

function judgeSelf(node: Node | undefined, key: string): Refusal | undefined {
  const own = findNode(node, key)
  return own && own.end - own.start > LONGEST_SELF
    ? invalid(`\`${key}\` is longer than 128 KiB`)
    : undefined
}

function readModern(
  message: Message,
  head: Head,
  meta: Node,
  version: Node,
): Claim | Refusal {
  const { bytes, method } = message
  const protocol = readString(bytes, version)
  if (protocol === undefined) return badEnvelope('protocolVersion', 'no string')
  if (head.version !== undefined && head.version !== protocol) {
    return mismatch('MCP-Protocol-Version is not the protocolVersion of _meta')
  }
  if (!VERSION.test(protocol)) return refuseVersion(protocol)
  const client = readClient(bytes, findNode(meta, `${ENVELOPE}clientInfo`))
  const claim: Claim = { era: 'modern', protocol, client, session: null }
  if (head.mcpMethod !== undefined && head.mcpMethod !== method) {
    return mismatch('Mcp-Method is not the method')
  }
  if (message.kind !== 'request') return claim
  const capabilities = findNode(meta, `${ENVELOPE}clientCapabilities`)
  if (capabilities?.type !== 'object') {
    return badEnvelope('clientCapabilities', 'no object')
  }
  if (head.version === undefined) return mismatch('no MCP-Protocol-Version')
  if (head.mcpMethod === undefined) return mismatch('no Mcp-Method')
  if (!isModernVersion(protocol)) return refuseVersion(protocol)
  return judgeName(message, head.mcpName) ?? claim
}

const VERSION = /^\d{4}-\d\d-\d\d$/

function refuseVersion(protocol: string): Refusal {
  const data = { supported: MODERN_VERSIONS, requested: shorten(protocol) }
  return { refusal: 'version', data }
}

/** Mcp-Name mirrors what the body names, for the methods that name things. */
function judgeName(
  message: Message,
  header: string | undefined,
): Refusal | undefined {
  const { field, mirrored } = USES.modern.get(message.method) ?? {}
  if (!field || !mirrored) return undefined
  const named = readString(message.bytes, findNode(message.params, field))
  if (header === undefined) {
    return named === undefined ? undefined : mismatch('no Mcp-Name')
  }
  const decoded = decodeHeader(header)
  if (decoded === undefined) return mismatch('Mcp-Name has invalid base64')
  if (named !== undefined && decoded !== named) {
    return mismatch(`Mcp-Name is not params.${field}`)
  }
  return undefined
}

function readInitialize(message: Message): Claim | Refusal {
  const { bytes, params } = message
  const asked = readString(bytes, findNode(params, 'protocolVersion'))
  if (asked === undefined) {
    const detail = 'initialize names no protocolVersion'
    return { refusal: 'params', detail }
  }
  const client = readClient(bytes, findNode(params, 'clientInfo'))
  const protocol = isLegacyVersion(asked) ? asked : LATEST_LEGACY
  return { era: 'legacy', protocol, client, session: null }
}

/** Methods that a client without a session can use: nothing is kept for them
 * between two requests. */
const FREE: ReadonlySet<string> = new Set([
  ...LISTS.keys(),
  'ping',
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
])

/** Some clients never return the id of their session: each of their requests
 * stands alone, as those of 2026-07-28 do. */
function readNoSession({ kind, method }: Message, head: Head): Claim | Refusal {
  const protocol = head.version ?? UNNAMED_VERSION
  if (!isLegacyVersion(protocol)) return refuseHeaderVersion(protocol)
  if (kind === 'response' || (kind === 'request' && !FREE.has(method))) {
    return invalid('no Mcp-Session-Id: initialize first')
  }
  return { era: 'legacy', protocol, client: NOBODY, session: null }
}

/** What a request is that names none (2025-11-25, basic/transports). */
const UNNAMED_VERSION = '2025-03-26'

function readSession(
  id: string,
  head: Head,
  sessions: ClientSessions,
  tokenId: string,
): Claim | Refusal {
  const session = sessions.find(id, tokenId)
  if (!session) {
    const detail = 'session not found: initialize again'
    return { refusal: 'session', detail }
  }
  if (head.version !== undefined && !isLegacyVersion(head.version)) {
    return refuseHeaderVersion(head.version)
  }
  const { protocol, client } = session
  return { era: 'legacy', protocol, client, session }
}

function refuseHeaderVersion(version: string): Refusal {
  const data = { supported: LEGACY_VERSIONS, requested: shorten(version) }
  return { refusal: 'header-version', data }
}

/** The header speaks the modern protocol, the body does not. */
function rejectBareModern(message: Message, version: string): Claim | Refusal {
  if (message.kind === 'notification') {
    return { era: 'modern', protocol: version, client: NOBODY, session: null }
  }
  if (message.method === 'initialize') {
    return mismatch('initialize is not of the version that the header names')
  }
  return badEnvelope('protocolVersion', 'missing')
}

function readClient(bytes: Buffer, node: Node | undefined): Client {
  if (node?.type !== 'object') return NOBODY
  const { name, version } = parseNode(bytes, node) as Record<string, unknown>
  return makeClient(name, version)
}

function mismatch(detail: string): Refusal {
  return { refusal: 'headers', detail }
}

function badEnvelope(key: string, problem: string): Refusal {
  const detail = `_meta ${ENVELOPE}${key}: ${problem}`
  return { refusal: 'params', detail }
}

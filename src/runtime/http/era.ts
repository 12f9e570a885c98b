// Decides the protocol era of a message and checks its head against it
// (2026-07-28, basic/transports and basic/versioning).
// INVARIANT: the body decides; headers are compared with it.

import { shorten } from '../base/json-text.ts'
import { isLatin1 } from '../base/latin1.ts'
import { type Client, makeClient, UNNAMED } from '../message/client-info.ts'
import { decodeHeader } from '../message/header-values.ts'
import {
  findNode,
  isNull,
  type Message,
  parseNode,
  readString,
} from '../message/message.ts'
import type { Meta } from '../message/meta.ts'
import type { Era } from '../message/methods.ts'
import {
  claimsModern,
  ENVELOPE,
  isLegacyVersion,
  isModernVersion,
  LATEST_LEGACY,
  LEGACY_VERSIONS,
  LISTS,
  META,
  MODERN_VERSIONS,
  USES,
} from '../message/methods.ts'
import { invalid, type Refusal } from '../message/refusal.ts'
import type { Node } from '../message/scan.ts'
import type { ClientMemo, Head } from './request-response.ts'
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
  const { meta } = message
  const unbounded = judgeLengths(message, meta)
  if (unbounded) return unbounded
  if (meta?.version) return readModern(message, head, meta, meta.version)
  if (head.version !== undefined && claimsModern(head.version)) {
    return rejectBareModern(message, head.version)
  }
  if (message.method === 'initialize') return readInitialize(message)
  if (head.session === undefined) return readNoSession(message, head)
  return readSession(head.session, head, sessions, tokenId)
}

const METHOD = /^[A-Za-z0-9_$./:-]{1,128}$/

/** Longest progress token, with its quotes. */
const LONGEST_TOKEN = 258

/** Most bytes of clientInfo or capabilities: they may hold icons. */
const LONGEST_CLIENT_DATA = 128 * 1024

/** Bounds the parts that are kept, logged or parsed, before they are read. */
function judgeLengths(
  { kind, method, bytes, params }: Message,
  meta: Meta | undefined,
): Refusal | undefined {
  const isKnown = USES.modern.has(method)
  if (!isKnown && kind !== 'response' && !METHOD.test(method)) {
    return invalid('`method` is not the name of a method')
  }
  const token = meta?.progressToken
  if (token && !isToken(token) && !isNull(bytes, token)) {
    return invalid(
      '`progressToken` is not a string or number of at most 256 bytes',
    )
  }
  const isFirst = method === 'initialize'
  return (
    judgeLength(META.client, meta?.client) ??
    judgeLength(META.capabilities, meta?.capabilities) ??
    (isFirst ? judgeMember(params, 'clientInfo') : undefined) ??
    (isFirst ? judgeMember(params, 'capabilities') : undefined)
  )
}

function isToken({ type, start, end }: Node): boolean {
  const isKnown = type === 'string' || type === 'number'
  return isKnown && end - start <= LONGEST_TOKEN
}

function judgeMember(node: Node | undefined, key: string): Refusal | undefined {
  return judgeLength(key, findNode(node, key))
}

function judgeLength(key: string, own: Node | undefined): Refusal | undefined {
  return own && own.end - own.start > LONGEST_CLIENT_DATA
    ? invalid(`\`${key}\` is longer than 128 KiB`)
    : undefined
}

function readModern(
  message: Message,
  head: Head,
  meta: Meta,
  version: Node,
): Claim | Refusal {
  const { bytes, method } = message
  const protocol = readString(bytes, version, head.version)
  if (protocol === undefined) return badEnvelope('protocolVersion', 'no string')
  if (head.version !== undefined && head.version !== protocol) {
    return mismatch('MCP-Protocol-Version is not the protocolVersion of _meta')
  }
  const isModern = isModernVersion(protocol)
  if (!isModern && !VERSION.test(protocol)) return refuseVersion(protocol)
  const client = recallClient(bytes, meta.client, head.memo?.stages)
  const claim: Claim = { era: 'modern', protocol, client, session: null }
  if (head.mcpMethod !== undefined && head.mcpMethod !== method) {
    return mismatch('Mcp-Method is not the method')
  }
  if (message.kind !== 'request') return claim
  if (meta.capabilities?.type !== 'object') {
    return badEnvelope('clientCapabilities', 'no object')
  }
  if (head.version === undefined) return mismatch('no MCP-Protocol-Version')
  if (head.mcpMethod === undefined) return mismatch('no Mcp-Method')
  if (!isModern) return refuseVersion(protocol)
  return judgeName(message, head.mcpName) ?? claim
}

const VERSION = /^\d{4}-\d\d-\d\d$/

function refuseVersion(protocol: string): Refusal {
  const data = { supported: MODERN_VERSIONS, requested: shorten(protocol) }
  return { refusal: 'version', data }
}

/** Mcp-Name must mirror the name in the body, for methods that have one. */
function judgeName(
  message: Message,
  header: string | undefined,
): Refusal | undefined {
  const { field, mirrored } = USES.modern.get(message.method) ?? {}
  if (!field || !mirrored) return undefined
  const node = findNode(message.params, field)
  const named = readString(message.bytes, node, header)
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
  const requested = readString(bytes, findNode(params, 'protocolVersion'))
  if (requested === undefined) {
    const detail = 'initialize names no protocolVersion'
    return { refusal: 'params', detail }
  }
  const client = readClient(bytes, findNode(params, 'clientInfo'))
  const protocol = isLegacyVersion(requested) ? requested : LATEST_LEGACY
  return { era: 'legacy', protocol, client, session: null }
}

/** Methods that a legacy client may use without a session: they keep no state. */
const SESSIONLESS: ReadonlySet<string> = new Set([
  ...LISTS.keys(),
  'ping',
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
])

/** Some clients never return their session id. Each of their requests stands
 * alone, as in 2026-07-28. */
function readNoSession({ kind, method }: Message, head: Head): Claim | Refusal {
  const protocol = head.version ?? UNNAMED_VERSION
  if (!isLegacyVersion(protocol)) return refuseHeaderVersion(protocol)
  if (kind === 'response' || (kind === 'request' && !SESSIONLESS.has(method))) {
    return invalid('no Mcp-Session-Id: initialize first')
  }
  return { era: 'legacy', protocol, client: UNNAMED, session: null }
}

/** The version of a request that names none (2025-11-25, basic/transports). */
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

/** The header names a modern version, the body does not. */
function rejectBareModern(message: Message, version: string): Claim | Refusal {
  if (message.kind === 'notification') {
    return { era: 'modern', protocol: version, client: UNNAMED, session: null }
  }
  if (message.method === 'initialize') {
    return mismatch('initialize is not of the version that the header names')
  }
  return badEnvelope('protocolVersion', 'missing')
}

/** Most clients send the same bytes with each request. */
function recallClient(
  bytes: Buffer,
  node: Node | undefined,
  memo: ClientMemo | undefined,
): Client {
  if (!node || !memo) return readClient(bytes, node)
  const { start, end } = node
  const { client: known, clientInfo = '' } = memo
  if (known && isLatin1(bytes, start, end, clientInfo)) return known
  const client = readClient(bytes, node)
  // One that holds icons is long.
  if (end - start <= LONGEST_KEPT) {
    memo.clientInfo = bytes.toString('latin1', start, end)
    memo.client = client
  }
  return client
}

const LONGEST_KEPT = 1_024

function readClient(bytes: Buffer, node: Node | undefined): Client {
  if (node?.type !== 'object') return UNNAMED
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

// The caller of a server: the key of its session, and what it declares.
// INVARIANT: a session declares no more than its client did, nor more than the
// config lets the server use (`isolation`, `requests`).

import type { Server } from '../../contract/table.ts'
import type { Capabilities } from '../message/capabilities.ts'
import { readCapabilities } from '../message/capabilities.ts'
import type { Message } from '../message/message.ts'
import { readString } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { TASKS_EXTENSION } from '../message/methods.ts'

export interface Caller {
  /** The key of its session: the owner, then the declared capabilities. */
  readonly key: string
  /** The key of a session of the modern era. */
  readonly modernKey: string
  /** Undefined for a session that all clients share. */
  readonly client: Client | undefined
  /** The tenant whose share of the server it uses. */
  readonly tenant: string
  /** The person whose account the server sees, where it sees one (`auth`). */
  readonly subject: string | undefined
  /** The era to use with a server that supports both. */
  readonly era: Era
  readonly capabilities: Capabilities
  /** The log level that this call requests; a client session has its own. */
  readonly level: string | undefined
  /** Whether its session with the server belongs to one client session. */
  readonly isDedicated: boolean
}

/** The parts of a client session that a server's session needs. */
interface CallerSession {
  readonly id: string
  /** The log level that it wants, of LEVELS. */
  readonly level: string | undefined
  readonly capabilities: Capabilities
  readonly streams: { readonly open: boolean }
  /** The stream for messages that belong to no call. */
  readonly stream: object | undefined
}

/** A client: its session; without one, its token and client name. */
export type Client = CallerSession | string

/** The parts of a request that identify its client. */
export interface Asker {
  readonly session: CallerSession | null
  readonly message: Message
}

interface CallingRequest extends Asker {
  readonly era: Era
  readonly client: { readonly fragment: string }
  readonly principal: {
    readonly lineage: string
    readonly token: { readonly id: string; readonly subject: string }
  }
  readonly memo: CallerMemo | undefined
  /** What `nameCaller` found last for this request. */
  asking: NamedCaller | undefined
}

/** A caller, with all that it was made of. */
export type NamedCaller = Readonly<
  Pick<CallingRequest, 'session' | 'era' | 'client' | 'principal'>
> & {
  readonly server: Server
  readonly declared: Capabilities
  readonly caller: Caller
}

/** The last caller of a head. */
export interface CallerMemo {
  caller?: NamedCaller
}

const EMPTY = '{}'
const NOTHING: Capabilities = Object.freeze({})

export function nameCaller(exchange: CallingRequest, server: Server): Caller {
  if (exchange.asking?.server !== server) {
    exchange.asking = recallCaller(exchange, server)
  }
  return exchange.asking.caller
}

function recallCaller(exchange: CallingRequest, server: Server): NamedCaller {
  const { session, principal, era, client, memo } = exchange
  const declared = session?.capabilities ?? readDeclared(exchange)
  const level = session ? undefined : readLevel(exchange)
  const known = memo?.caller
  const isSame =
    known?.server === server &&
    known.session === session &&
    known.principal === principal &&
    known.client === client &&
    known.era === era &&
    known.declared === declared &&
    known.caller.level === level
  if (isSame) return known
  const caller = makeCaller(exchange, server, declared, level)
  const made = { server, session, principal, client, era, declared, caller }
  if (memo) memo.caller = made
  return made
}

function makeCaller(
  exchange: CallingRequest,
  server: Server,
  declared: Capabilities,
  level: string | undefined,
): Caller {
  const { session, principal, era } = exchange
  const { isolation, requests } = server
  const tenant = principal.lineage
  if (isolation === 'shared') return shareSession(server, tenant)
  const capabilities = reduce(declared, requests)
  const { fragment } = exchange.client
  const client = session ?? `${principal.token.id} ${fragment}`
  const { subject } = principal.token
  // Another session may have other clients of the token: it is not dedicated to
  // one.
  const isDedicated = isolation === 'session' && session !== null
  const key = nameKey(exchange, principal.token.id, server)
  const modernKey = nameModern(key)
  // Each member by name, as in `shareSession`: a spread has a shape of its own
  // each time, and what reads many shapes is slow.
  return {
    key,
    modernKey,
    client,
    tenant,
    subject,
    era,
    capabilities,
    level,
    isDedicated,
  }
}

/** Written once: V8 keeps the hash of a text with it. */
function nameModern(key: string): string {
  return `${key} modern`
}

/** The key of `nameCaller`. */
export function nameKey(
  asker: Asker,
  tokenId: string,
  { isolation, requests }: Server,
): string {
  const { session } = asker
  if (isolation === 'shared') return SHARED
  if (isolation === 'session' && session) return ownSession(session.id)
  const capabilities = reduce(declaredBy(asker), requests)
  const owner = ownPrincipal(tokenId)
  return capabilities === NOTHING
    ? owner
    : `${owner} ${JSON.stringify(capabilities)}`
}

/** The only session of a server with `isolation: shared`, which also reads the
 * catalog. No client answers its requests. */
export function shareSession({ type }: Server, tenant: string): Caller {
  return {
    key: SHARED,
    modernKey: nameModern(SHARED),
    client: undefined,
    tenant,
    subject: undefined,
    era: type === 'stdio' ? 'legacy' : 'modern',
    capabilities: NOTHING,
    level: undefined,
    isDedicated: false,
  }
}

const SHARED = 'shared'

/** The flags of each capability. */
const MODES: Readonly<Record<string, readonly string[]>> = Object.freeze({
  elicitation: ['form', 'url'],
  sampling: ['tools', 'context'],
  roots: ['listChanged'],
})

/** Extensions that change what servers do; other ones are not declared. */
const DECLARED_EXTENSIONS = ['io.modelcontextprotocol/ui', TASKS_EXTENSION]

/** Keeps what the config allows and known extensions, so that a client with
 * varying capabilities gets no further sessions. */
function reduce(
  declared: Capabilities,
  requests: Server['requests'],
): Capabilities {
  if (declared === NOTHING) return NOTHING
  const kept: Record<string, unknown> = {}
  for (const name of requests) {
    const one = own(declared, name)
    if (one) kept[name] = keepModes(one, MODES[name] ?? [])
  }
  const extensions = own(declared, 'extensions') ?? NOTHING
  const known = DECLARED_EXTENSIONS.filter((name) => own(extensions, name))
  if (known.length > 0) {
    kept.extensions = Object.fromEntries(
      known.map((name) => [name, readExtension(name, extensions)]),
    )
  }
  return Object.keys(kept).length > 0 ? kept : NOTHING
}

/** The log level of a caller; a client session may change it between calls
 * (`logging/setLevel`). */
export function wantedLevel({ client, level }: Caller): string | undefined {
  return typeof client === 'object' ? client.level : level
}

function own(of: Capabilities, name: string): Capabilities | undefined {
  const one = Object.hasOwn(of, name) ? of[name] : undefined
  return typeof one === 'object' && one ? (one as Capabilities) : undefined
}

function keepModes(of: Capabilities, modes: readonly string[]): Capabilities {
  const kept = modes.filter((mode) => Object.hasOwn(of, mode) && of[mode])
  return Object.fromEntries(
    kept.map((mode) => [mode, of[mode] === true ? true : {}]),
  )
}

/** Keeps only the media type of MCP Apps. */
function readExtension(name: string, extensions: Capabilities): Capabilities {
  const mimeTypes = own(extensions, name)?.mimeTypes
  const shows = Array.isArray(mimeTypes) && mimeTypes.includes(APP_TYPE)
  return shows ? { mimeTypes: [APP_TYPE] } : {}
}

const APP_TYPE = 'text/html;profile=mcp-app'

/** The log level of a request; undefined for a modern request without one: no
 * log messages. */
export function levelOf(asker: Asker): string | undefined {
  if (asker.session) return asker.session.level
  return readLevel(asker)
}

/** The declared capabilities: of the session or, without one, of the request. */
export function declaredBy(asker: Asker): Capabilities {
  return asker.session?.capabilities ?? readDeclared(asker)
}

function readLevel({ message }: Asker) {
  return readString(message.bytes, message.meta?.level)
}

function readDeclared({ message }: Asker) {
  const node = message.meta?.capabilities
  // A fast path: most clients declare nothing.
  if (!node || node.end - node.start === EMPTY.length) return NOTHING
  return readCapabilities(message.bytes, node)
}

/** Owners: a key is an owner, or begins with one and a space. */
export const ownSession = (id: string) => `session ${id}`
export const ownPrincipal = (tokenId: string) => `principal ${tokenId}`

// On whose behalf a server is called, as that server sees it.
// In: an exchange, a server's settings. Out: the session, what it declares.
// INVARIANT: a session never declares more than its client did, nor more than
// the config lets the server ask (`isolation`, `requests`).

import type { Server } from '../../contract/table.ts'
import type { Capabilities } from '../message/capabilities.ts'
import { readCapabilities } from '../message/capabilities.ts'
import type { Message } from '../message/message.ts'
import { findNode, readString } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { ENVELOPE, TASKS_EXTENSION } from '../message/methods.ts'

export interface Caller {
  /** Names the session: its owner, then what it declares. */
  readonly key: string
  /** Undefined: a session that all clients share tells of none of them. */
  readonly client: Client | undefined
  /** Whose share of the server it draws on. */
  readonly tenant: string
  /** The one to speak with a server that speaks both. */
  readonly era: Era
  readonly capabilities: Capabilities
  /** The level of logs that this call asked for; a client session has its own. */
  readonly level: string | undefined
  /** Whether its session with the server is that of one client session. */
  readonly isDedicated: boolean
}

/** A client session, as far as a server's session knows of it. */
export interface CallerSession {
  readonly id: string
  /** What it wants to be told, of LEVELS. */
  readonly level: string | undefined
  readonly capabilities: Capabilities
  readonly streams: { readonly open: boolean }
  /** Where it is told what belongs to no call. */
  readonly stream: object | undefined
}

/** Who calls: a client session; without one, what calls itself alike with one
 * token. */
export type Client = CallerSession | string

/** A request, as far as it says who calls. */
export interface Asker {
  readonly session: CallerSession | null
  readonly message: Message
}

export interface CallingRequest extends Asker {
  readonly era: Era
  readonly client: { readonly fragment: string }
  readonly principal: {
    readonly lineage: string
    readonly token: { readonly id: string }
  }
}

const EMPTY = '{}'
const NOTHING: Capabilities = Object.freeze({})

export function nameCaller(exchange: CallingRequest, server: Server): Caller {
  const { session, principal, era } = exchange
  const { isolation, requests } = server
  const tenant = principal.lineage
  if (isolation === 'shared') return shareSession(server, tenant)
  const declared = declaredBy(exchange)
  const capabilities = reduce(declared, requests)
  const level = session ? undefined : levelOf(exchange)
  const { fragment } = exchange.client
  const client = session ?? `${principal.token.id} ${fragment}`
  const whole = { client, tenant, era, capabilities, level }
  if (isolation === 'session' && session) {
    return { key: ownSession(session.id), ...whole, isDedicated: true }
  }
  // One of several that the token may have: what it wants is told to it alone.
  const key = nameKey(exchange, principal.token.id, server)
  return { key, ...whole, isDedicated: false }
}

/** The key alone, as `nameCaller` has it. */
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

/** The one session of a server that keeps nothing of its clients: the
 * catalog's too. It asks nobody anything. */
export function shareSession({ type }: Server, tenant: string): Caller {
  return {
    key: SHARED,
    client: undefined,
    tenant,
    era: type === 'stdio' ? 'legacy' : 'modern',
    capabilities: NOTHING,
    level: undefined,
    isDedicated: false,
  }
}

const SHARED = 'shared'

/** What the protocol has below each, as flags. */
const MODES: Readonly<Record<string, readonly string[]>> = Object.freeze({
  elicitation: ['form', 'url'],
  sampling: ['tools', 'context'],
  roots: ['listChanged'],
})

/** Extensions that servers act on: what of them is declared is one of few. */
const ACTED_ON = ['io.modelcontextprotocol/ui', TASKS_EXTENSION]

/** Only what the config lets the server ask, and extensions by their names: a
 * client that declares something else each time gets no session more. */
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
  const known = ACTED_ON.filter((name) => own(extensions, name))
  if (known.length > 0) {
    kept.extensions = Object.fromEntries(
      known.map((name) => [name, readExtension(name, extensions)]),
    )
  }
  return Object.keys(kept).length > 0 ? kept : NOTHING
}

/** What a caller wants to be told now: a client session may say so later than
 * it calls (`logging/setLevel`). */
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

/** Of what a client can show, the one kind that MCP Apps have. */
function readExtension(name: string, extensions: Capabilities): Capabilities {
  const mimeTypes = own(extensions, name)?.mimeTypes
  const shows = Array.isArray(mimeTypes) && mimeTypes.includes(APP_TYPE)
  return shows ? { mimeTypes: [APP_TYPE] } : {}
}

const APP_TYPE = 'text/html;profile=mcp-app'

/** What the client wants to be told: nothing, where a modern one names no
 * level. */
export function levelOf({ session, message }: Asker): string | undefined {
  if (session) return session.level
  const meta = findNode(message.params, '_meta')
  return readString(message.bytes, findNode(meta, `${ENVELOPE}logLevel`))
}

/** What the client said that it can be asked: in its session, or, without one,
 * with this request. */
export function declaredBy({ session, message }: Asker): Capabilities {
  if (session) return session.capabilities
  const meta = findNode(message.params, '_meta')
  const node = findNode(meta, `${ENVELOPE}clientCapabilities`)
  // Most declare nothing, and every call passes here.
  if (!node || node.end - node.start === EMPTY.length) return NOTHING
  return readCapabilities(message.bytes, node)
}

/** Owners: a key is one of them, or begins with it and a blank. */
export const ownSession = (id: string) => `session ${id}`
export const ownPrincipal = (tokenId: string) => `principal ${tokenId}`

// On whose behalf a server is called, as that server sees it.
// In: an exchange, a server's settings. Out: the session, what it declares.
// INVARIANT: a session never declares more than its client did, nor more than
// the config lets the server ask (design §4.2 `isolation`, `requests`).

import type { Server } from '../../contract/table.ts'
import { findNode, parseNode, readString } from '../edge/message.ts'
import { ENVELOPE } from '../edge/methods.ts'
import type { ClientSession } from '../edge/sessions.ts'
import type { Era, Exchange } from '../exchange.ts'

export interface Caller {
  /** Names the session: its owner, then what it declares. */
  readonly key: string
  /** Undefined: a session that all clients share tells of none of them. */
  readonly client: Client | undefined
  /** The one to speak with a server that speaks both. */
  readonly era: Era
  readonly capabilities: Capabilities
  /** The level of logs that this call asked for; a client session has its own. */
  readonly level: string | undefined
  /** Whether its session with the server is that of one client session. */
  readonly hears: boolean
}

/** Who calls: a client session; without one, what calls itself alike with one
 * token. */
export type Client = ClientSession | string

export type Capabilities = Readonly<Record<string, unknown>>

const EMPTY = '{}'
const NOTHING: Capabilities = Object.freeze({})

/** Members that are about what a client can show, not what it may be asked. */
const SHOWN = ['extensions', 'experimental']

export function nameCaller(exchange: Exchange, server: Server): Caller {
  const { session, principal, era } = exchange
  const { isolation, requests } = server
  if (isolation === 'shared') {
    const nobody = {
      client: undefined,
      capabilities: NOTHING,
      level: undefined,
      hears: false,
    }
    // One process for everybody, whatever they speak.
    const spoken = server.type === 'stdio' ? 'legacy' : era
    return { key: 'shared', era: spoken, ...nobody }
  }
  const declared = declaredBy(exchange)
  const capabilities = pick(declared, [...requests, ...SHOWN])
  const level = session ? undefined : levelOf(exchange)
  const { fragment } = exchange.client
  const client = session ?? `${principal.token.id} ${fragment}`
  if (isolation === 'session' && session) {
    const key = ownSession(session.id)
    return { key, client, era, capabilities, level, hears: true }
  }
  // One of several that the token may have: what it wants is told to it alone.
  const owner = ownPrincipal(principal.token.id)
  const own = capabilities === NOTHING
  const key = own ? owner : `${owner} ${JSON.stringify(capabilities)}`
  return { key, client, era, capabilities, level, hears: false }
}

function pick(declared: Capabilities, names: readonly string[]): Capabilities {
  if (declared === NOTHING) return NOTHING
  const kept = names.filter((name) => Object.hasOwn(declared, name))
  if (kept.length === 0) return NOTHING
  return Object.fromEntries(kept.map((name) => [name, declared[name]]))
}

/** What a caller wants to be told now: a client session may say so later than
 * it calls (`logging/setLevel`). */
export function wantedLevel({ client, level }: Caller): string | undefined {
  return typeof client === 'object' ? client.level : level
}

/** What the client wants to be told: nothing, where a modern one names no
 * level. */
export function levelOf({ session, message }: Exchange): string | undefined {
  if (session) return session.level
  const meta = findNode(message.params, '_meta')
  return readString(message.bytes, findNode(meta, `${ENVELOPE}logLevel`))
}

/** What the client said that it can be asked: in its session, or, without one,
 * with this request. */
export function declaredBy({
  session,
  message,
}: Pick<Exchange, 'session' | 'message'>): Capabilities {
  if (session) return session.capabilities
  const meta = findNode(message.params, '_meta')
  const node = findNode(meta, `${ENVELOPE}clientCapabilities`)
  // Most declare nothing, and every call passes here.
  if (!node || node.end - node.start === EMPTY.length) return NOTHING
  return parseNode(message.bytes, node) as Capabilities
}

/** Owners: a key is one of them, or begins with it and a blank. */
export const ownSession = (id: string) => `session ${id}`
export const ownPrincipal = (tokenId: string) => `principal ${tokenId}`

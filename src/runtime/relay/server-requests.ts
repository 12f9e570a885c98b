// Relays requests and notifications of servers to a client.
// INVARIANT: a server sends only requests that the config allows and the client
// declared; an elicitation names its server.

import type { Server } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Capabilities } from '../message/capabilities.ts'
import { findNode, type Message, readString } from '../message/message.ts'
import { LEVELS } from '../message/methods.ts'
import { scanJson } from '../message/scan.ts'
import {
  type ServerRequests,
  writeNoMethod,
  writeUnanswerable,
} from '../message/server-requests.ts'
import { type Edit, replace } from '../message/splice.ts'
import { writeError, writeId } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { declaredBy, levelOf } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'

/** A client, and the stream that reaches it. */
export interface Listener {
  /** Undefined where the client cannot get requests. */
  readonly serverRequests: ServerRequests | undefined
  readonly capabilities: Capabilities
  /** The lowest log level that it wants. */
  readonly level: string | undefined
  /** False when the client cannot be reached. */
  send(bytes: Buffer): boolean
}

/** The stream of a call; after its answer, the stream of the session. */
export function listenerOf(exchange: Exchange, clock: Clock): Listener {
  const { session, answer } = exchange
  const send = (bytes: Buffer) => {
    const stream = answer.open ? answer : session?.stream
    return stream?.send(bytes, clock.monotonic()) ?? false
  }
  const capabilities = declaredBy(exchange)
  const level = levelOf(exchange)
  return {
    serverRequests: session?.serverRequests,
    capabilities,
    level,
    send,
  }
}

/** The capability that a client must declare for each request. */
const NEEDED: Readonly<Record<string, 'elicitation' | 'sampling' | 'roots'>> =
  Object.freeze({
    'elicitation/create': 'elicitation',
    'sampling/createMessage': 'sampling',
    'roots/list': 'roots',
  })

/** `settled` is called when the server no longer waits for a reply. */
export function relayServerRequest(
  { server, reply, redact }: Source,
  listener: Listener | undefined,
  message: Message,
  settled: () => void = () => {},
): void {
  const refuse = (bytes: Buffer) => {
    settled()
    reply(bytes)
  }
  const { serverRequests, capabilities = {} } = listener ?? {}
  if (server.isolation === 'shared') {
    return refuse(writeNoMethod(message, SHARED))
  }
  if (!listener || !serverRequests)
    return refuse(writeUnanswerable(message, NO_CLIENT))
  const edits = judgeQuestion(server, capabilities, message)
  if (Buffer.isBuffer(edits)) return refuse(edits)
  const question = { message, reply, settled, edits }
  const send = (bytes: Buffer) => listener.send(redact(bytes))
  if (serverRequests.send(question, send)) return
  refuse(writeUnanswerable(message, UNREACHABLE))
}

const SHARED = 'this session is shared by all clients, so no client can answer'
const NO_CLIENT =
  'No client can answer: this session has none, several, or one that answers only during its calls'
const UNREACHABLE =
  'The client cannot get this request now: it has no open stream, or too many open requests'

/** The edits of a request that is allowed, or the reply that refuses it. */
export function judgeQuestion(
  { title, requests, isolation }: Server,
  capabilities: Capabilities,
  message: Pick<Message, 'bytes' | 'method' | 'params' | 'id'>,
): readonly Edit[] | Buffer {
  const need = NEEDED[message.method]
  const refuse = (why: string) => writeNoMethod(message, why)
  if (!need) return refuse('it is not a request that a client answers')
  if (isolation === 'shared') return refuse(SHARED)
  if (!requests.includes(need)) {
    return refuse(`the gateway does not let this server ask for ${need}`)
  }
  if (!Object.hasOwn(capabilities, need)) {
    return refuse(`the client does not declare ${need}`)
  }
  const { bytes, params } = message
  // Clients do not answer a request without params.
  if (!params && need !== 'roots') {
    return writeError(writeId(message), -32602, 'The request has no params')
  }
  if (need !== 'elicitation') return params ? [] : dropParams(bytes)
  const isUrl = readString(bytes, findNode(params, 'mode')) === 'url'
  const modes = Object(capabilities[need]) as Capabilities
  // Clients older than URL elicitation declare no mode and accept forms.
  const takes = isUrl ? 'url' in modes : 'form' in modes || !('url' in modes)
  if (!takes) {
    return refuse(`the client takes no ${isUrl ? 'URL' : 'form'} elicitation`)
  }
  if (isUrl && !isSafe(readString(bytes, findNode(params, 'url')))) {
    const text = 'Only https URLs may be sent to a client'
    return writeError(writeId(message), -32602, text)
  }
  const node = findNode(params, 'message')
  const given = readString(bytes, node)
  if (!node || given === undefined) return []
  const text = JSON.stringify(`${title}: ${given}`)
  return [replace(node, text)]
}

/** Some servers write null instead of no params. */
function dropParams(bytes: Buffer): readonly Edit[] {
  const root = scanJson(bytes, { depth: 64, keep: 1 })
  const node = 'fault' in root ? undefined : findNode(root, 'params')
  return node ? [replace(node, '{}')] : []
}

function isSafe(url: string | undefined): boolean {
  return URL.canParse(url ?? '') && new URL(url ?? '').protocol === 'https:'
}

/** Relays a notification that is not progress; true when it was handled. */
export function relayNotification(
  { pooled, reply, redact }: Source,
  { serverRequests, level: least, send }: Listener,
  message: Message,
): boolean {
  const { bytes, method, params } = message
  if (method === 'notifications/cancelled') {
    const cancelled = serverRequests?.cancel(message, reply)
    return cancelled !== undefined && send(cancelled)
  }
  // A server with one wire does not say which call a notification is about. It
  // could reach the client of another call.
  if (pooled && method !== 'notifications/resources/updated') return false
  if (method === 'notifications/message') {
    const level = readString(bytes, findNode(params, 'level')) ?? ''
    const rank = least === undefined ? 0 : LEVELS.indexOf(least)
    // Below the level that the client wants.
    if (LEVELS.indexOf(level) < rank) return true
  }
  return send(redact(bytes))
}

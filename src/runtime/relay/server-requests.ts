// What a server says unasked, on its way to a client.
// In: what it says, the client it is for. Out: the same bytes, or a refusal.
// INVARIANT: a server asks only what the config lets it and the client offered
// to answer; a question names the server that asks.

import type { Server } from '../../contract/table.ts'
import type { Clock } from '../base/clock.ts'
import type { Capabilities } from '../message/capabilities.ts'
import { findNode, type Message, readString } from '../message/message.ts'
import { LEVELS } from '../message/methods.ts'
import { scanJson } from '../message/scan.ts'
import {
  type ServerRequests,
  writeNoMethod,
  writeUnasked,
} from '../message/server-requests.ts'
import type { Edit } from '../message/splice.ts'
import { writeError, writeId } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { declaredBy, levelOf } from '../upstream/caller.ts'
import type { Source } from '../upstream/source.ts'

/** A client, with the stream to reach it on. */
export interface Listener {
  /** Undefined where it cannot be asked. */
  readonly serverRequests: ServerRequests | undefined
  readonly capabilities: Capabilities
  /** The least severe thing that it wants to be told. */
  readonly level: string | undefined
  /** False when nothing can be sent there. */
  send(bytes: Buffer): boolean
}

/** The stream of a call; when its client has left it, that of the session. */
export function listenOn(exchange: Exchange, clock: Clock): Listener {
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

/** What a client must have declared to be asked it. */
const ASKS: Readonly<Record<string, 'elicitation' | 'sampling' | 'roots'>> =
  Object.freeze({
    'elicitation/create': 'elicitation',
    'sampling/createMessage': 'sampling',
    'roots/list': 'roots',
  })

/** `settled` is told when nobody waits for an answer any more. */
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
  if (!listener || !serverRequests) return refuse(writeUnasked(message, NOBODY))
  const edits = judgeQuestion(server, capabilities, message)
  if (Buffer.isBuffer(edits)) return refuse(edits)
  const question = { message, reply, settled, edits }
  const send = (bytes: Buffer) => listener.send(redact(bytes))
  if (serverRequests.send(question, send)) return
  refuse(writeUnasked(message, UNREACHED))
}

const SHARED = 'this session is shared by all clients, and asks none'
const NOBODY =
  'No client can be asked: the session has none, or several, or one that is asked during its calls alone'
const UNREACHED =
  'The client cannot be asked now: no stream leads to it, or it has too many questions open'

/** What to replace in it, or the refusal. */
export function judgeQuestion(
  { title, requests, isolation }: Server,
  capabilities: Capabilities,
  message: Pick<Message, 'bytes' | 'method' | 'params' | 'id'>,
): readonly Edit[] | Buffer {
  const need = ASKS[message.method]
  const refuse = (why: string) => writeNoMethod(message, why)
  if (!need) return refuse('it is no request to a client')
  if (isolation === 'shared') {
    return refuse(SHARED)
  }
  if (!requests.includes(need)) {
    return refuse(`the gateway does not let this server ask for ${need}`)
  }
  if (!Object.hasOwn(capabilities, need)) {
    return refuse(`the client does not declare ${need}`)
  }
  const { bytes, params } = message
  // A client that cannot read a request does not answer it either.
  if (!params && need !== 'roots') {
    return writeError(writeId(message), -32602, 'The request has no params')
  }
  if (need !== 'elicitation') return params ? [] : dropParams(bytes)
  const isUrl = readString(bytes, findNode(params, 'mode')) === 'url'
  const modes = Object(capabilities[need]) as Capabilities
  // A client of before URL elicitation declares neither mode, and takes forms.
  const takes = isUrl ? 'url' in modes : 'form' in modes || !('url' in modes)
  if (!takes) {
    return refuse(`the client takes no ${isUrl ? 'URL' : 'form'} elicitation`)
  }
  if (isUrl && !isSafe(readString(bytes, findNode(params, 'url')))) {
    const text = 'Only https URLs are passed on to a client'
    return writeError(writeId(message), -32602, text)
  }
  const node = findNode(params, 'message')
  const said = readString(bytes, node)
  if (!node || said === undefined) return []
  const text = JSON.stringify(`${title}: ${said}`)
  return [{ start: node.start, end: node.end, text }]
}

/** Some servers write null for the params that they leave out. */
function dropParams(bytes: Buffer): readonly Edit[] {
  const root = scanJson(bytes, { depth: 64, keep: 1 })
  const node = 'fault' in root ? undefined : findNode(root, 'params')
  return node ? [{ start: node.start, end: node.end, text: '{}' }] : []
}

function isSafe(url: string | undefined): boolean {
  return URL.canParse(url ?? '') && new URL(url ?? '').protocol === 'https:'
}

/** A notification that is not about progress; true when it was of use. */
export function relayNotification(
  { pooled, reply, redact }: Source,
  { serverRequests, level: least, send }: Listener,
  message: Message,
): boolean {
  const { bytes, method, params } = message
  if (method === 'notifications/cancelled') {
    const taken = serverRequests?.withdraw(message, reply)
    return taken !== undefined && send(taken)
  }
  // What it says of a call that was left would reach whoever has the only
  // other one.
  if (pooled && method !== 'notifications/resources/updated') return false
  if (method === 'notifications/message') {
    const level = readString(bytes, findNode(params, 'level')) ?? ''
    const rank = least === undefined ? 0 : LEVELS.indexOf(least)
    // Heard, and not wanted.
    if (LEVELS.indexOf(level) < rank) return true
  }
  return send(redact(bytes))
}

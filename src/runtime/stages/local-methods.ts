// Answers the methods that need no server: handshakes, lists, pings, log
// levels.
// INVARIANT: an answer names only what is in the view of its client.

import {
  describeSelf,
  joinCapabilities,
  writeInstructions,
} from '../catalog/server-info.ts'
import type { Capabilities } from '../message/capabilities.ts'
import { readCapabilities } from '../message/capabilities.ts'
import {
  findNode,
  isNull,
  type Message,
  readString,
} from '../message/message.ts'
import type { ListName } from '../message/methods.ts'
import { LEVELS, MODERN_VERSIONS } from '../message/methods.ts'
import { UNCACHED, writeId, writeList, writeResult } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { ownPrincipal, ownSession } from '../upstream/caller.ts'
import type { StageContext } from './context.ts'
import { finishCall } from './finish.ts'
import { holdSession } from './person.ts'
import { refuseExchange } from './refuse.ts'

const ADMITTED = { outcome: 'ok', upstreamMs: null } as const

export function answerLocal(runtime: StageContext, exchange: Exchange): void {
  const { message, era, method } = exchange
  const id = writeId(message)
  if (method === 'ping') {
    exchange.answer.finish(200, writeResult(id, era, ''))
    return
  }
  if (method === 'logging/setLevel') return setLevel(runtime, exchange, id)
  const describe = method === 'initialize' ? initialize : discover
  describe(runtime, exchange, id)
}

/** 2025-11-25, server/utilities/logging. */
function setLevel(runtime: StageContext, exchange: Exchange, id: string): void {
  const { message, era, session, principal } = exchange
  const level = readString(message.bytes, findNode(message.params, 'level'))
  if (!session || level === undefined || !LEVELS.includes(level)) {
    return refuseExchange(runtime, exchange, { refusal: 'level' })
  }
  session.level = level
  const { upstreams, sessions } = runtime
  const set: Promise<void>[] = []
  const setOwn = (owner: string, wanted: string) =>
    upstreams.forEachSession(
      owner,
      (one) => void set.push(one.setLevel(wanted)),
    )
  setOwn(ownSession(session.id), level)
  // Clients of one token may share a session: it gets the lowest of their
  // levels.
  setOwn(
    ownPrincipal(principal.token.id),
    sessions.lowestLevel(principal.token.id),
  )
  const body = writeResult(id, era, '')
  const end = () =>
    finishCall(runtime, exchange, ADMITTED, { status: 200, body })
  // The answer waits, so that the next call already has the new level.
  if (set.length > 0) void Promise.all(set).then(end)
  else end()
}

function initialize(
  runtime: StageContext,
  exchange: Exchange,
  id: string,
): void {
  const { principal, protocol, client, era, message } = exchange
  const { view, token } = principal
  const session = runtime.sessions.create(
    token.id,
    protocol,
    client,
    view,
    readDeclared(message),
  )
  holdSession(session, token)
  const body = writeResult(
    id,
    era,
    `"protocolVersion":"${protocol}",` +
      `"capabilities":${JSON.stringify(joinCapabilities(exchange))},` +
      `"serverInfo":${JSON.stringify(describeSelf(runtime))}` +
      writeInstructions(exchange),
  )
  const headers = { 'mcp-session-id': session.id }
  // Recorded as the first request of the new session.
  const own = { ...exchange, origin: session.origin }
  finishCall(runtime, own, ADMITTED, { status: 200, body, headers })
}

/** docs/specification/2026-07-28, server/discover. */
function discover(runtime: StageContext, exchange: Exchange, id: string): void {
  const { era } = exchange
  const meta = { 'io.modelcontextprotocol/serverInfo': describeSelf(runtime) }
  const body = writeResult(
    id,
    era,
    `${UNCACHED}"supportedVersions":${JSON.stringify(MODERN_VERSIONS)},` +
      `"capabilities":${JSON.stringify(joinCapabilities(exchange))},` +
      `"_meta":${JSON.stringify(meta)}${writeInstructions(exchange)}`,
  )
  finishCall(runtime, exchange, ADMITTED, { status: 200, body })
}

/** A list is one page, so no cursor is valid. */
export function answerList(
  runtime: StageContext,
  exchange: Exchange,
  list: ListName,
): void {
  const { message, era } = exchange
  const id = writeId(message)
  const cursor = findNode(message.params, 'cursor')
  if (cursor && !isNull(message.bytes, cursor)) {
    return refuseExchange(runtime, exchange, { refusal: 'cursor' })
  }
  const { view } = exchange.principal
  const body = writeList(id, era, list, view.lists[era][list])
  if (exchange.session && list !== 'resourceTemplates') {
    exchange.session.shown[list] = view.fingerprints[list]
  }
  finishCall(runtime, exchange, ADMITTED, { status: 200, body })
}

/** Reads the capabilities of an `initialize`. */
function readDeclared({ bytes, params }: Message): Capabilities {
  const node = findNode(params, 'capabilities')
  return node?.type === 'object' ? readCapabilities(bytes, node) : {}
}

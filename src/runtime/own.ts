// What the gateway answers by itself: handshakes, lists, pings.
// In: an exchange of such a method. Out: its answer.
// INVARIANT: a client is told of nothing that its own view does not hold.

import { concludeCall, refuseCall } from './conclude.ts'
import { findNode } from './edge/message.ts'
import { CODE, MODERN_VERSIONS } from './edge/methods.ts'
import {
  UNCACHED,
  writeError,
  writeId,
  writeList,
  writeResult,
} from './edge/reply.ts'
import type { Exchange } from './exchange.ts'
import { cancelExchange } from './relay.ts'
import type { Runtime } from './runtime.ts'
import type { ListName, View } from './view.ts'

const ADMITTED = { outcome: 'ok', upstreamMs: null } as const

export function answerOwn(runtime: Runtime, exchange: Exchange): void {
  const { message, era, method } = exchange
  const id = writeId(message)
  if (method === 'ping') {
    exchange.answer.finish(200, writeResult(id, era, ''))
    return
  }
  const describe = method === 'initialize' ? initialize : discover
  describe(runtime, exchange, id)
}

function initialize(runtime: Runtime, exchange: Exchange, id: string): void {
  const { principal, protocol, client, era } = exchange
  const { view, token } = principal
  const session = runtime.sessions.create(token.id, protocol, client, view)
  exchange.origin = session.origin
  const body = writeResult(
    id,
    era,
    `"protocolVersion":"${protocol}",` +
      `"capabilities":${JSON.stringify(declare(view, true))},` +
      `"serverInfo":${JSON.stringify(describeSelf(runtime))}` +
      writeInstructions(exchange),
  )
  const headers = { 'mcp-session-id': session.id }
  concludeCall(runtime, exchange, ADMITTED, { status: 200, body, headers })
}

/** docs/specification/2026-07-28, server/discover. */
function discover(runtime: Runtime, exchange: Exchange, id: string): void {
  const { principal, era } = exchange
  const meta = { 'io.modelcontextprotocol/serverInfo': describeSelf(runtime) }
  const body = writeResult(
    id,
    era,
    `${UNCACHED}"supportedVersions":${JSON.stringify(MODERN_VERSIONS)},` +
      `"capabilities":${JSON.stringify(declare(principal.view, false))},` +
      `"_meta":${JSON.stringify(meta)}${writeInstructions(exchange)}`,
  )
  concludeCall(runtime, exchange, ADMITTED, { status: 200, body })
}

/** Lists come whole, in one page; so no cursor is ever valid. */
export function answerList(
  runtime: Runtime,
  exchange: Exchange,
  list: ListName,
): void {
  const { message, era } = exchange
  const id = writeId(message)
  if (findNode(message.params, 'cursor')) {
    const body = writeError(id, CODE.invalidParams, 'Invalid cursor')
    const refused = { decision: 'rejected', reason: 'cursor' } as const
    refuseCall(runtime, exchange, refused, { status: 200, body })
    return
  }
  const { view } = exchange.principal
  const body = writeList(id, era, list, view.lists[list])
  if (exchange.session && list !== 'resourceTemplates') {
    exchange.session.shown[list] = view.fingerprints[list]
  }
  concludeCall(runtime, exchange, ADMITTED, { status: 200, body })
}

/** Notifications and answers of a client; none is forwarded yet but a
 * cancellation, to the call that it names. */
export function takeNotification(runtime: Runtime, exchange: Exchange): void {
  const { message, session, answer } = exchange
  if (message.method === 'notifications/cancelled' && session) {
    const node = findNode(message.params, 'requestId')
    const id = node && message.bytes.toString('utf8', node.start, node.end)
    for (const other of [...runtime.exchanges]) {
      if (other.session !== session || writeId(other.message) !== id) continue
      cancelExchange(other, 'client')
    }
  }
  answer.end(202)
}

/** `changes`: a stream exists on which changed lists can be told. */
function declare(view: View, changes: boolean): object {
  const { prompts, resources } = view
  const about = changes ? { listChanged: true } : {}
  return {
    tools: about,
    ...((prompts.size > 0 || changes) && { prompts: about }),
    ...((resources.size > 0 || changes) && { resources: about }),
  }
}

function describeSelf({ version }: Runtime): object {
  return { name: 'portcullis', title: 'Portcullis', version }
}

/** Each server's own instructions, for the servers that the caller sees. */
function writeInstructions({ routing, principal }: Exchange): string {
  const parts: string[] = []
  for (const name of [...principal.view.servers].sort()) {
    const said = routing.catalogues.get(name)?.greeting.instructions
    if (said) parts.push(`# ${name}\n\n${said.slice(0, 4_000)}`)
  }
  if (parts.length === 0) return ''
  return `,"instructions":${JSON.stringify(parts.join('\n\n'))}`
}

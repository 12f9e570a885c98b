// subscriptions/listen: one request, and a stream of notices that it asked for
// (docs/specification/2026-07-28, basic/patterns/subscriptions).
// In: an exchange of that method. Out: the stream, until somebody ends it.
// INVARIANT: tells of what the caller itself may see; on record at both ends.

import type { AuditOutcome } from '../contract/audit.ts'
import { renderIntent } from './audit/record.ts'
import { makePrincipal } from './authenticate.ts'
import { findResource } from './authorize.ts'
import { nameCaller } from './caller.ts'
import type { LastWords } from './cancel.ts'
import { concludeCall, failUnaudited, mustStop } from './conclude.ts'
import { findNode, type Message, parseNode } from './edge/message.ts'
import { CODE, ENVELOPE } from './edge/methods.ts'
import { writeId, writeResult } from './edge/reply.ts'
import { putMembers, splice } from './edge/splice.ts'
import type { CancelReason, Exchange } from './exchange.ts'
import { refuseOdd } from './refuse.ts'
import type { Runtime } from './runtime.ts'
import type { Place } from './subscriptions.ts'
import type { Changeable } from './view.ts'

export interface Listening {
  readonly exchange: Exchange
  readonly wants: ReadonlySet<Changeable>
  readonly places: readonly Place[]
  /** The lists as the client last heard of them. */
  readonly shown: Record<Changeable, string>
}

const FLAGS: Readonly<Record<Changeable, string>> = Object.freeze({
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
})

const LISTS = Object.keys(FLAGS) as readonly Changeable[]

const OUTCOME: Readonly<Record<CancelReason, AuditOutcome>> = {
  client: 'ok',
  revoked: 'revoked',
  shutdown: 'ok',
}

export function openListening(runtime: Runtime, exchange: Exchange): void {
  const { principal, routing, answer } = exchange
  const { token, view } = principal
  const own = [...runtime.listening].filter(
    (one) => one.exchange.principal.token.id === token.id,
  )
  if (own.length >= routing.table.caps.streams) {
    const problem = 'too many open streams for this token'
    return refuseOdd(runtime, exchange, {
      status: 429,
      code: CODE.limited,
      problem,
    })
  }
  const filter = readFilter(exchange.message)
  const listening: Listening = {
    exchange,
    wants: new Set(LISTS.filter((list) => filter[FLAGS[list]] === true)),
    places: findPlaces(runtime, exchange, filter.resourceSubscriptions),
    shown: { ...view.fingerprints },
  }
  runtime.exchanges.add(exchange)
  runtime.tally.admitted++
  const end = (reason: CancelReason, final?: LastWords) =>
    endListening(runtime, listening, reason, final)
  exchange.relay = { cancel: end }
  answer.onGone = () => end('client')
  runtime.audit.append(renderIntent(exchange, ''), (failure) => {
    if (mustStop(runtime, exchange, failure)) {
      return failUnaudited(runtime, exchange)
    }
    if (answer.over) return
    runtime.listening.add(listening)
    acknowledge(runtime, listening)
    for (const place of listening.places) {
      if (!runtime.subscriptions.add(place, listening)) continue
      const upstream = runtime.upstreams.get(place.server)
      if (!upstream) continue
      const caller = nameCaller(exchange, upstream.server)
      upstream.hear(caller, (hearing) => hearing.subscribe(place.uri))
    }
  })
}

/** Without `final` a whole answer ends the stream. */
function endListening(
  runtime: Runtime,
  listening: Listening,
  reason: CancelReason,
  final?: LastWords,
): void {
  const { exchange, places } = listening
  runtime.listening.delete(listening)
  for (const place of places) {
    if (!runtime.subscriptions.delete(place, listening)) continue
    runtime.upstreams
      .get(place.server)
      ?.tellSessions(place.key, ({ hearing }) => hearing.unsubscribe(place.uri))
  }
  const id = writeId(exchange.message)
  const whole = writeResult(id, 'modern', `"_meta":${writeMeta(exchange)}`)
  const { status, body } = final ?? { status: 200, body: whole }
  const ended = { outcome: OUTCOME[reason], upstreamMs: null }
  concludeCall(runtime, exchange, ended, { status, body })
}

/** Tells every listener which of its own lists are not what it last heard of. */
export function updateListening(runtime: Runtime): void {
  for (const { exchange, wants, shown } of runtime.listening) {
    const token = runtime.routing.tokens.get(exchange.principal.token.id)
    if (!token) continue
    const { view } = makePrincipal(runtime.routing, token)
    for (const list of wants) {
      if (shown[list] === view.fingerprints[list]) continue
      shown[list] = view.fingerprints[list]
      const params = `{"_meta":${writeMeta(exchange)}}`
      send(runtime, exchange, `notifications/${list}/list_changed`, params)
    }
  }
}

/** Passes on that a resource has changed. */
export function tellListening(
  { clock }: Runtime,
  { exchange }: Listening,
  { bytes, params }: Message,
  redact: (bytes: Buffer) => Buffer,
): void {
  if (!params) return
  const key = `${ENVELOPE}subscriptionId`
  const meta = findNode(params, '_meta')
  const edits = meta
    ? [{ start: meta.start, end: meta.end, text: writeMeta(exchange) }]
    : putMembers(params, { _meta: `{"${key}":${writeId(exchange.message)}}` })
  exchange.answer.send(redact(splice(bytes, edits)), clock.monotonic())
}

function acknowledge(
  runtime: Runtime,
  { exchange, wants, places }: Listening,
): void {
  const honoured = {
    ...Object.fromEntries([...wants].map((list) => [FLAGS[list], true])),
    ...(places.length > 0 && {
      resourceSubscriptions: places.map(({ uri }) => uri),
    }),
  }
  const params = `{"notifications":${JSON.stringify(honoured)},"_meta":${writeMeta(exchange)}}`
  send(runtime, exchange, 'notifications/subscriptions/acknowledged', params)
}

function send(
  { clock }: Runtime,
  { answer }: Exchange,
  method: string,
  params: string,
): void {
  const text = `{"jsonrpc":"2.0","method":"${method}","params":${params}}`
  answer.send(Buffer.from(text), clock.monotonic())
}

function writeMeta({ message }: Exchange): string {
  return `{"${ENVELOPE}subscriptionId":${writeId(message)}}`
}

function readFilter({ bytes, params }: Message): Record<string, unknown> {
  const node = findNode(params, 'notifications')
  return node ? Object(parseNode(bytes, node)) : {}
}

/** Of those that the caller may read, where their server tells of changes. */
function findPlaces(
  { upstreams }: Runtime,
  exchange: Exchange,
  uris: unknown,
): readonly Place[] {
  const asked = Array.isArray(uris) ? [...new Set(uris)].slice(0, MOST) : []
  return asked.flatMap((uri) => {
    const route = typeof uri === 'string' && findResource(exchange, uri)
    if (!route) return []
    const { server } = route.target
    const settings = upstreams.get(server)?.server
    const { resources } =
      exchange.routing.catalogues.get(server)?.greeting.capabilities ?? {}
    if (!settings || Object(resources).subscribe !== true) return []
    return [{ server, key: nameCaller(exchange, settings).key, uri }]
  })
}

const MOST = 1_000

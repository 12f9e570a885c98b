// subscriptions/listen: one request, and a stream of notices that it asked for
// (docs/specification/2026-07-28, basic/patterns/subscriptions).
// In: an exchange of that method. Out: the stream, until somebody ends it.
// INVARIANT: tells of what the caller itself may see; on record at both ends.

import type { AuditOutcome } from '../../contract/audit.ts'
import { findNode, type Message, readMessage } from '../message/message.ts'
import { ENVELOPE } from '../message/methods.ts'
import type { Node } from '../message/scan.ts'
import { type Edit, replace, setMembers, splice } from '../message/splice.ts'
import { writeId, writeResult } from '../message/write.ts'
import { renderIntent } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import { judgeInputs } from '../relay/input.ts'
import type { CancelReason, Exchange, FinalAnswer } from '../request.ts'
import { makePrincipal } from '../stages/authenticate.ts'
import { failUnaudited, finishCall } from '../stages/finish.ts'
import { applyOwnLists } from '../stages/own-lists.ts'
import { refuseExchange } from '../stages/refuse.ts'
import { declaredBy, nameCaller } from '../upstream/caller.ts'
import type { ServerStream } from '../upstream/listen.ts'
import type { Session } from '../upstream/session.ts'
import type { Source } from '../upstream/source.ts'
import type { NotificationContext } from './context.ts'
import { FLAGS, readWanted } from './filter.ts'
import type { ListenStream, Wanted } from './subscriptions.ts'
import { type Place, type Subscriptions, weigh } from './subscriptions.ts'

const OUTCOME: Readonly<Record<CancelReason, AuditOutcome>> = {
  client: 'ok',
  revoked: 'revoked',
  shutdown: 'ok',
}

export function openListenStream(
  runtime: NotificationContext,
  exchange: Exchange,
): void {
  const { principal, routing, answer } = exchange
  const { token, view } = principal
  const own = [...runtime.listening].filter(
    (one) => one.exchange.principal.token.id === token.id,
  )
  if (own.length >= routing.table.caps.streams) {
    return refuseExchange(runtime, exchange, { refusal: 'streams' })
  }
  const wanted = readWanted(runtime, exchange)
  if ('refusal' in wanted) return refuseExchange(runtime, exchange, wanted)
  const need = weighWanted(wanted) + exchange.bytesIn
  if (!runtime.memoryBudget.hasRoom(token.id, need)) {
    return refuseExchange(runtime, exchange, { refusal: 'memory' })
  }
  const shown = { ...view.fingerprints }
  const whole = { exchange, ...wanted, shown, acknowledged: false }
  const listening: ListenStream = whole
  runtime.exchanges.add(exchange)
  runtime.tally.admitted++
  const end = (reason: CancelReason, final?: FinalAnswer) =>
    endListenStream(runtime, listening, reason, final)
  exchange.relay = { cancel: end }
  answer.onGone = () => end('client')
  const act = () => {
    if (answer.over) return
    runtime.listening.add(listening)
    runtime.memoryBudget.charge(token.id, exchange.bytesIn)
    void askServers(runtime, listening).then(() => {
      if (answer.over) return
      acknowledge(runtime, listening)
      updateListenStreams(runtime)
    })
  }
  recordThen(runtime, exchange.routing, renderIntent(exchange, ''), act, () =>
    failUnaudited(runtime, exchange),
  )
}

/** Bytes of what it subscribes to. */
function weighWanted({ places, tasks }: Wanted): number {
  const all = [...places, ...tasks.map(({ place }) => place)]
  return all.reduce((sum, place) => sum + weigh(place), 0)
}

/** Keeps of its places and tasks those whose servers agree to tell of them. */
async function askServers(
  runtime: NotificationContext,
  listening: ListenStream,
): Promise<void> {
  const { subscriptions, watched } = runtime
  const { places, tasks } = listening
  const [agreed, told] = await Promise.all([
    keepAgreed(places, (place) =>
      askServer(runtime, listening, subscriptions, place, (serverStream) =>
        serverStream.subscribe(place.about),
      ),
    ),
    keepAgreed(tasks, ({ place }) =>
      askServer(runtime, listening, watched, place, (serverStream) =>
        serverStream.watch(place.about),
      ),
    ),
  ])
  listening.places = agreed
  listening.tasks = told
}

async function keepAgreed<T>(
  all: readonly T[],
  ask: (one: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const agreed = await Promise.all(all.map(ask))
  return all.filter((_, i) => agreed[i])
}

/** Whether the server agrees; it is asked once, for all who share a session. */
async function askServer(
  { upstreams }: NotificationContext,
  listening: ListenStream,
  among: Subscriptions,
  place: Place,
  act: (serverStream: ServerStream) => Promise<void>,
): Promise<boolean> {
  const { exchange } = listening
  const upstream = upstreams.get(place.server)
  if (!upstream) return false
  if (!among.add(place, listening)) return true
  try {
    await upstream.hear(nameCaller(exchange, upstream.server), async (one) => {
      if (!exchange.answer.over) await act(one)
    })
    return true
  } catch {
    among.delete(place, listening)
    return false
  }
}

/** Without `final` a whole answer ends the stream. */
function endListenStream(
  runtime: NotificationContext,
  listening: ListenStream,
  reason: CancelReason,
  final?: FinalAnswer,
): void {
  const { exchange, places, tasks } = listening
  const { upstreams } = runtime
  if (runtime.listening.delete(listening)) {
    runtime.memoryBudget.charge(exchange.principal.token.id, -exchange.bytesIn)
  }
  for (const place of places) {
    if (!runtime.subscriptions.delete(place, listening)) continue
    const act = ({ serverStream }: Session) =>
      serverStream.unsubscribe(place.about)
    upstreams.get(place.server)?.forEachSession(place.key, act, true)
  }
  for (const { place } of tasks) {
    if (!runtime.watched.delete(place, listening)) continue
    const act = ({ serverStream }: Session) => serverStream.unwatch(place.about)
    upstreams.get(place.server)?.forEachSession(place.key, act, true)
  }
  const id = writeId(exchange.message)
  const whole = writeResult(id, 'modern', `"_meta":${writeMeta(exchange)}`)
  const { status, body } = final ?? { status: 200, body: whole }
  const ended = { outcome: OUTCOME[reason], upstreamMs: null }
  finishCall(runtime, exchange, ended, { status, body })
}

/** Tells every listener which of its own lists are not what it last heard of. */
export function updateListenStreams(runtime: NotificationContext): void {
  for (const listening of runtime.listening) {
    const { exchange, wants, shown, acknowledged } = listening
    if (!acknowledged) continue
    const token = runtime.routing.tokens.get(exchange.principal.token.id)
    if (!token) continue
    const { routing } = runtime
    const caller = { routing, principal: makePrincipal(routing, token) }
    const { view } = applyOwnLists(runtime, caller, exchange).principal
    for (const list of wants) {
      if (shown[list] === view.fingerprints[list]) continue
      shown[list] = view.fingerprints[list]
      const params = `{"_meta":${writeMeta(exchange)}}`
      send(runtime, exchange, `notifications/${list}/list_changed`, params)
    }
  }
}

/** Passes on that a resource has changed. */
export function sendResourceUpdate(
  { clock }: NotificationContext,
  { exchange, acknowledged }: ListenStream,
  { bytes, params }: Message,
  redact: (bytes: Buffer) => Buffer,
): void {
  if (!params || !acknowledged) return
  const edits = setMeta(exchange, params)
  exchange.answer.send(redact(splice(bytes, edits)), clock.monotonic())
}

/** Passes on how a task is, where its questions may be asked. */
export function sendTaskStatus(
  { clock, routing }: NotificationContext,
  { exchange }: ListenStream,
  { bytes }: Message,
  sealed: string,
  source: Source,
): void {
  const whole = readMessage(bytes, routing.table.caps.depth, KEEP)
  const params = 'refusal' in whole ? undefined : whole.params
  const node = findNode(params, 'taskId')
  if ('refusal' in whole || !params || !node) return
  const asked = judgeInputs(source, declaredBy(exchange), whole)
  if (!asked) return
  const own = replace(node, JSON.stringify(sealed))
  const edits = [...setMeta(exchange, params), own, ...asked]
  exchange.answer.send(source.redact(splice(bytes, edits)), clock.monotonic())
}

/** Message, params, questions, one of them, its params. */
const KEEP = 5

/** The subscription is this hop's. */
function setMeta(exchange: Exchange, params: Node): readonly Edit[] {
  return setMembers(params, { _meta: writeMeta(exchange) })
}

function acknowledge(
  runtime: NotificationContext,
  listening: ListenStream,
): void {
  const { exchange, wants, places, tasks } = listening
  listening.acknowledged = true
  const honoured = {
    ...Object.fromEntries([...wants].map((list) => [FLAGS[list], true])),
    ...(places.length > 0 && {
      resourceSubscriptions: places.map(({ about }) => about),
    }),
    ...(tasks.length > 0 && { taskIds: tasks.map(({ sealed }) => sealed) }),
  }
  const params = `{"notifications":${JSON.stringify(honoured)},"_meta":${writeMeta(exchange)}}`
  send(runtime, exchange, 'notifications/subscriptions/acknowledged', params)
}

function send(
  { clock }: NotificationContext,
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

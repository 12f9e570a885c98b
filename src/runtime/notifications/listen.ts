// Serves subscriptions/listen: one request, and the stream of notifications for
// it (2026-07-28, basic/patterns/subscriptions).
// INVARIANT: a stream carries only what its caller may see; it is recorded when
// it opens and when it ends.

import type { AuditOutcome } from '../../contract/audit.ts'
import { findNode, type Message, readMessage } from '../message/message.ts'
import { ENVELOPE } from '../message/methods.ts'
import type { Node } from '../message/scan.ts'
import { type Edit, replace, setMembers, splice } from '../message/splice.ts'
import { writeId, writeResult } from '../message/write.ts'
import { addIntent } from '../record/record.ts'
import { recordThen } from '../record/record-then.ts'
import { judgeInputs } from '../relay/input.ts'
import type { CancelReason, Exchange, FinalAnswer } from '../request.ts'
import { renewToken } from '../stages/authenticate.ts'
import { failUnaudited, finishCall } from '../stages/finish.ts'
import { takeChangedLists } from '../stages/own-lists.ts'
import { refuseExchange } from '../stages/refuse.ts'
import { declaredBy, nameCaller } from '../upstream/caller.ts'
import type { ServerStream } from '../upstream/listen.ts'
import type { Session } from '../upstream/session.ts'
import type { Source } from '../upstream/source.ts'
import type { NotificationContext } from './context.ts'
import { FLAGS, readWanted } from './filter.ts'
import type { ListenStream, Wanted } from './subscriptions.ts'
import { type Subscriptions, type Topic, weigh } from './subscriptions.ts'

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
  const own = [...runtime.listenStreams].filter(
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
  const listener: ListenStream = {
    exchange,
    ...wanted,
    shown: { ...view.fingerprints },
    acknowledged: false,
  }
  runtime.exchanges.add(exchange)
  runtime.tally.admitted++
  const end = (reason: CancelReason, final?: FinalAnswer) =>
    endListenStream(runtime, listener, reason, final)
  exchange.relay = { cancel: end }
  answer.onGone = () => end('client')
  const act = () => {
    if (answer.over) return
    runtime.listenStreams.add(listener)
    runtime.memoryBudget.charge(token.id, exchange.bytesIn)
    void askServers(runtime, listener).then(() => {
      if (answer.over) return
      acknowledge(runtime, listener)
      updateListenStreams(runtime)
    })
  }
  const line = runtime.audit.begin()
  addIntent(line, exchange)
  recordThen(runtime, exchange.routing, line, act, () =>
    failUnaudited(runtime, exchange),
  )
}

/** Bytes that its subscriptions are charged. */
function weighWanted({ topics, tasks }: Wanted): number {
  const all = [...topics, ...tasks.map(({ topic }) => topic)]
  return all.reduce((sum, topic) => sum + weigh(topic), 0)
}

/** Subscribes at the servers; keeps the topics and tasks that they accept. */
async function askServers(
  runtime: NotificationContext,
  listener: ListenStream,
): Promise<void> {
  const { subscriptions, watched } = runtime
  const { topics, tasks } = listener
  const [agreed, watchedTasks] = await Promise.all([
    keepAgreed(topics, (topic) =>
      askServer(runtime, listener, subscriptions, topic, (serverStream) =>
        serverStream.subscribe(topic.about),
      ),
    ),
    keepAgreed(tasks, ({ topic }) =>
      askServer(runtime, listener, watched, topic, (serverStream) =>
        serverStream.watch(topic.about),
      ),
    ),
  ])
  listener.topics = agreed
  listener.tasks = watchedTasks
}

async function keepAgreed<T>(
  all: readonly T[],
  ask: (one: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const agreed = await Promise.all(all.map(ask))
  return all.filter((_, i) => agreed[i])
}

/** Whether the server accepts. One request serves all clients of a session. */
async function askServer(
  { upstreams }: NotificationContext,
  listener: ListenStream,
  among: Subscriptions,
  topic: Topic,
  act: (serverStream: ServerStream) => Promise<void>,
): Promise<boolean> {
  const { exchange } = listener
  const upstream = upstreams.get(topic.server)
  if (!upstream) return false
  if (!among.add(topic, listener)) return true
  try {
    const caller = nameCaller(exchange, upstream.server)
    await upstream.useServerStream(caller, async (one) => {
      if (!exchange.answer.over) await act(one)
    })
    return true
  } catch {
    among.delete(topic, listener)
    return false
  }
}

/** Ends a stream. Without `final` it ends with a complete result. */
function endListenStream(
  runtime: NotificationContext,
  listener: ListenStream,
  reason: CancelReason,
  final?: FinalAnswer,
): void {
  const { exchange, topics, tasks } = listener
  const { upstreams } = runtime
  if (runtime.listenStreams.delete(listener)) {
    runtime.memoryBudget.charge(exchange.principal.token.id, -exchange.bytesIn)
  }
  for (const topic of topics) {
    if (!runtime.subscriptions.delete(topic, listener)) continue
    const act = ({ serverStream }: Session) =>
      serverStream.unsubscribe(topic.about)
    upstreams.get(topic.server)?.forEachSession(topic.key, act, true)
  }
  for (const { topic } of tasks) {
    if (!runtime.watched.delete(topic, listener)) continue
    const act = ({ serverStream }: Session) => serverStream.unwatch(topic.about)
    upstreams.get(topic.server)?.forEachSession(topic.key, act, true)
  }
  const id = writeId(exchange.message)
  const whole = writeResult(id, 'modern', `"_meta":${writeMeta(exchange)}`)
  const { status, body } = final ?? { status: 200, body: whole }
  const ended = { outcome: OUTCOME[reason], upstreamMs: null }
  finishCall(runtime, exchange, ended, { status, body })
}

/** Sends list_changed to each stream for the lists that changed for its caller. */
export function updateListenStreams(runtime: NotificationContext): void {
  for (const listener of runtime.listenStreams) {
    const { exchange, wants, shown, acknowledged } = listener
    if (!acknowledged) continue
    const token = renewToken(runtime.routing, exchange.principal.token)
    if (!token) continue
    const lists = [...wants]
    for (const list of takeChangedLists(
      runtime,
      token,
      exchange,
      shown,
      lists,
    )) {
      const params = `{"_meta":${writeMeta(exchange)}}`
      send(runtime, exchange, `notifications/${list}/list_changed`, params)
    }
  }
}

/** Sends that a resource has changed. */
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

/** Sends the status of a task, unless it holds a request that is not allowed. */
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
  const inputs = judgeInputs(source, declaredBy(exchange), whole)
  if (!inputs) return
  const own = replace(node, JSON.stringify(sealed))
  const edits = [...setMeta(exchange, params), own, ...inputs]
  exchange.answer.send(source.redact(splice(bytes, edits)), clock.monotonic())
}

/** Message, params, questions, one of them, its params. */
const KEEP = 5

/** `_meta` names the subscription of this client, not of the server's stream. */
function setMeta(exchange: Exchange, params: Node): readonly Edit[] {
  return setMembers(params, { _meta: writeMeta(exchange) })
}

function acknowledge(
  runtime: NotificationContext,
  listener: ListenStream,
): void {
  const { exchange, wants, topics, tasks } = listener
  listener.acknowledged = true
  const honoured = {
    ...Object.fromEntries([...wants].map((list) => [FLAGS[list], true])),
    ...(topics.length > 0 && {
      resourceSubscriptions: topics.map(({ about }) => about),
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

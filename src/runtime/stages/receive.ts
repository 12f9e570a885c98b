// The body and era stages: read the body of a request and its messages.
// INVARIANT: after each wait the token is checked again, against the routing of
// that moment.

import { renderNoticeRecord } from '../audit/notice-record.ts'
import { LARGE } from '../base/turns.ts'
import { findBody, readBody } from '../http/body.ts'
import { type Claim, readClaim } from '../http/era.ts'
import { sendContinue } from '../http/expect.ts'
import type { HttpResponse } from '../http/request-response.ts'
import type { Message } from '../message/message.ts'
import { LISTS } from '../message/methods.ts'
import type { Refusal } from '../message/refusal.ts'
import type { Exchange } from '../request.ts'
import { nameCaller } from '../upstream/caller.ts'
import { authenticate, judgeToken } from './authenticate.ts'
import { judgeBatch, openBatch } from './batch.ts'
import type { StageContext } from './context.ts'
import { releaseExchange } from './finish.ts'
import { refusePerson, renewPerson } from './login.ts'
import type { Arrival } from './open.ts'
import { openExchange } from './open.ts'
import { isPerson } from './person.ts'
import { refuseHead, refuseMessage, refuseUnauthenticated } from './refuse.ts'

/** Serves one message. */
export type Serve<Context extends StageContext> = (
  context: Context,
  exchange: Exchange,
) => void

/** Whoever calls it drops the request of an error. */
export function receive<Context extends StageContext>(
  runtime: Context,
  arrival: Arrival,
  serve: Serve<Context>,
): void {
  const whole = findBody(arrival.request)
  if (whole && whole.length < LARGE) takeBody(runtime, arrival, whole, serve)
  else awaitBody(runtime, arrival, serve)
}

/** By itself: where a closure is written, each call makes a context for it, and
 * most bodies have come with their heads. */
function awaitBody<Context extends StageContext>(
  runtime: Context,
  arrival: Arrival,
  serve: Serve<Context>,
): void {
  const { request, response, principal, routing } = arrival
  const start = (body: Buffer) =>
    guard(runtime, response, () => {
      const renewed = renewArrival(runtime, arrival)
      if (renewed) takeBody(runtime, renewed, body, serve)
    })
  sendContinue(request, response)
  readBody(request, routing.table.caps.request, (body) => {
    if (!body) {
      const refusal = { refusal: 'content-length' } as const
      return refuseHead(runtime, refusal, request, response)
    }
    if (body.length < LARGE) return start(body)
    runtime.turns.add(principal.token.id, () => {
      if (!response.destroyed) start(body)
    })
  })
}

/** A bug ends one request, not the process. */
export function guard(
  runtime: StageContext,
  response: Pick<HttpResponse, 'destroy'>,
  stage: () => void,
): void {
  try {
    stage()
  } catch (error) {
    drop(runtime, response, error)
  }
}

/** Ends the request in which a bug was met. */
export function drop(
  runtime: StageContext,
  response: Pick<HttpResponse, 'destroy'>,
  error: unknown,
): void {
  runtime.log.error(error, 'a bug: a request was dropped')
  runtime.audit.append(
    renderNoticeRecord('fault', runtime.routing.digest, null),
  )
  response.destroy()
}

function takeBody<Context extends StageContext>(
  runtime: Context,
  arrival: Arrival,
  body: Buffer,
  serve: Serve<Context>,
  waited = false,
): void {
  const { routing, head, principal } = arrival
  const message = runtime.reader.read(body, routing.table.caps.depth)
  if ('refusal' in message) {
    return takeBatch(runtime, arrival, body, message, serve, waited)
  }
  const { sessions, upstreams } = runtime
  const isList = !waited && LISTS.has(message.method)
  if (isList && upstreams.isStale) {
    return takeLater(runtime, arrival, body, serve, upstreams.awaitLists())
  }
  const claim = readClaim(message, head, sessions, principal.token.id)
  if ('refusal' in claim) return refuseMessage(runtime, arrival, message, claim)
  const unread = isList && readUnlocked(runtime, arrival, message, claim)
  if (unread) return takeLater(runtime, arrival, body, serve, unread)
  serveWhole(runtime, openExchange(runtime, arrival, message, claim), serve)
}

/** After the lists of servers were read. */
function takeLater<Context extends StageContext>(
  runtime: Context,
  arrival: Arrival,
  body: Buffer,
  serve: Serve<Context>,
  reading: Promise<unknown>,
): void {
  awaitReading(runtime, arrival, reading, (renewed) =>
    takeBody(runtime, renewed, body, serve, true),
  )
}

/** Releases what the exchange holds when a stage throws. */
function serveWhole<Context extends StageContext>(
  runtime: Context,
  exchange: Exchange,
  serve: Serve<Context>,
): void {
  try {
    serve(runtime, exchange)
  } catch (error) {
    releaseExchange(runtime, exchange)
    throw error
  }
}

/** Serves a body that may be a batch. */
function takeBatch<Context extends StageContext>(
  runtime: Context,
  arrival: Arrival,
  body: Buffer,
  notMessage: Refusal,
  serve: Serve<Context>,
  waited: boolean,
): void {
  const batch = judgeBatch(runtime, arrival, body, notMessage)
  if ('refusal' in batch) {
    return refuseMessage(runtime, arrival, undefined, batch)
  }
  if (!waited && batch.messages.some((one) => isEarly(runtime, one))) {
    const reading = runtime.upstreams.awaitLists()
    return awaitReading(runtime, arrival, reading, (renewed) =>
      takeBatch(runtime, renewed, body, notMessage, serve, true),
    )
  }
  for (const exchange of openBatch(runtime, arrival, batch)) {
    serveWhole(runtime, exchange, serve)
  }
}

/** Whether a list would be old if it were answered now. */
function isEarly({ upstreams }: StageContext, { method }: Message): boolean {
  return LISTS.has(method) && upstreams.isStale
}

/** Servers that show their lists only to people who have signed in, and that no
 * lock describes, are read for each person. Undefined: there is none to read. */
function readUnlocked(
  { upstreams, routing }: StageContext,
  { principal }: Arrival,
  message: Message,
  claim: Claim,
): Promise<unknown> | undefined {
  if (upstreams.personal.length === 0) return undefined
  const readings = upstreams.personal.flatMap((upstream) => {
    if (Object.hasOwn(routing.table.lock, upstream.name)) return []
    const own = { memo: undefined, asking: undefined }
    const asker = { ...claim, principal, message, ...own }
    return upstream.readOwn(nameCaller(asker, upstream.server)) ?? []
  })
  return readings.length === 0 ? undefined : Promise.all(readings)
}

function awaitReading(
  runtime: StageContext,
  arrival: Arrival,
  reading: Promise<unknown>,
  stage: (arrival: Arrival) => void,
): void {
  void reading.then(() => {
    guard(runtime, arrival.response, () => {
      const renewed = renewArrival(runtime, arrival)
      if (renewed) stage(renewed)
    })
  })
}

/** Takes the routing of now, and checks the token again: it may be revoked. */
function renewArrival(
  runtime: StageContext,
  arrival: Arrival,
): Arrival | undefined {
  const { head, response } = arrival
  const { routing, clock } = runtime
  if (
    routing === arrival.routing &&
    judgeToken(routing, arrival.principal.token, clock.now()) === undefined
  ) {
    return arrival
  }
  if (isPerson(arrival.principal.token)) {
    const principal = renewPerson(routing, arrival, clock.now())
    if (!('problem' in principal)) return { ...arrival, routing, principal }
    refusePerson(runtime, head, principal, response)
    return undefined
  }
  const principal = authenticate(routing, head, clock.now())
  if (!('refusal' in principal)) return { ...arrival, routing, principal }
  refuseUnauthenticated(runtime, head, principal, response)
  return undefined
}

// Asks a person to sign in to a server, in the way of their client.
// In: a call that its person must sign in for. Out: an answer, or a wait.
// INVARIANT: the address holds only the name of the server; a call that waits
// runs once, and only after its own person has signed in.

import { randomUUID } from 'node:crypto'
import type { Server } from '../../contract/table.ts'
import { isVouched } from '../../table/vouched.ts'
import type { Use } from '../catalog/view.ts'
import {
  findNode,
  type Message,
  parseNode,
  readMessage,
  readString,
} from '../message/message.ts'
import { writeId, writeResult } from '../message/write.ts'
import type { Exchange } from '../request.ts'
import { declaredBy } from '../upstream/caller.ts'
import type { RelayContext } from './context.ts'
import { mayAskAgain, sealRetry } from './input.ts'
import { type Listener, listenerOf } from './server-requests.ts'

const MAX_WAIT_MS = 600_000

/** The key of the question in an answer that requests input, before the time of
 * the sign-in that was not enough. */
const KEY = 'portcullis-sign-in-'

/** Methods whose modern answer may request input. */
const INPUT_METHODS: readonly string[] = [
  'tools/call',
  'prompts/get',
  'resources/read',
]

/** How the client of a call is asked. */
export type Asking =
  /** By an answer that requests input; the client comes back. */
  | { readonly body: Buffer }
  /** The call waits; `stop` ends that. */
  | { readonly stop: () => void; readonly text: string }
  /** By a sentence in an error. */
  | { readonly text: string }

/** `since`: when the person last signed in; 0: never. `ended` is called at most
 * once for a call that waits: `signed` after the sign-in, else with the person's
 * refusal or the end of the time. */
export function askToSignIn(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  since: number,
  ended: (signed: boolean) => void,
): Asking {
  const server = exchange.routing.table.servers[use.server]
  const origin = runtime.publicOrigin()
  const url = `${origin}/connect/${use.server}`
  // Its agent passes it on to the person.
  const text = `Open ${url} in a browser, sign in, and try again. Or run: gateway connect ${use.server} --gateway ${origin}`
  if (!takesUrls(exchange)) return { text }
  if (exchange.session) {
    const params = question(use.server, server, url)
    return askSession(runtime, exchange, use, params, ended, text)
  }
  if (!INPUT_METHODS.includes(exchange.method)) return { text }
  const key = `${KEY}${since}`
  const reply = readReply(exchange.message)
  if (reply && reply.action !== 'accept') return { text }
  if (reply?.key === key) return wait(runtime, exchange, use, ended, text)
  // The first question; or the server wants more than the last sign-in gave. A
  // server that is in the middle of its own questions would lose them.
  const isOwn = (exchange.granted?.state?.inner ?? null) === null
  if (!isOwn || !mayAskAgain(exchange)) return { text }
  const asked = { [key]: question(use.server, server, url) }
  return { body: writeQuestion(runtime, exchange, use, asked) }
}

function question(name: string, server: Server | undefined, url: string) {
  const title = server?.title ?? name
  const message = isVouched(server)
    ? `${title}: sign in once with the login of your company, which opens it.`
    : `${title}: sign in to use it. The page asks for your gateway token, then the server asks for your consent.`
  return { mode: 'url', message, url }
}

function takesUrls(exchange: Exchange): boolean {
  const { elicitation } = declaredBy(exchange) as { elicitation?: unknown }
  return Object.hasOwn(Object(elicitation), 'url')
}

/** What the person said to a question, by its key; undefined: none was asked. */
export function readReply({ bytes, params }: Message) {
  const given = findNode(params, 'inputResponses')
  const found = given?.members?.find(({ key }) => key.startsWith(KEY))
  if (!found) return undefined
  const { action } = Object(parseNode(bytes, found.node)) as {
    action?: unknown
  }
  return { key: found.key, action }
}

function writeQuestion(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  asked: Readonly<Record<string, object>>,
): Buffer {
  const method = 'elicitation/create'
  const requests = Object.fromEntries(
    Object.entries(asked).map(([key, params]) => [key, { method, params }]),
  )
  const state = sealRetry(runtime, exchange, use)
  const body =
    `"resultType":"input_required","inputRequests":${JSON.stringify(requests)},` +
    `"requestState":${JSON.stringify(state)}`
  return writeResult(writeId(exchange.message), 'legacy', body)
}

function wait(
  { pendingSignIns }: RelayContext,
  { principal }: Exchange,
  { server }: Use,
  ended: (signed: boolean) => void,
  text: string,
): Asking {
  let stop = () => {}
  const end = (signed: boolean) => {
    stop()
    ended(signed)
  }
  const { subject } = principal.token
  const forget = pendingSignIns.add(server, subject, end)
  if (!forget) return { text }
  const timer = setTimeout(() => end(false), MAX_WAIT_MS)
  stop = () => {
    clearTimeout(timer)
    forget()
  }
  return { stop, text }
}

/** A client of a session answers requests at any time, so its call waits. */
function askSession(
  runtime: RelayContext,
  exchange: Exchange,
  use: Use,
  params: object,
  ended: (signed: boolean) => void,
  text: string,
): Asking {
  const { clock, routing } = runtime
  const listener = listenerOf(exchange, clock)
  const elicitationId = randomUUID()
  const finish = (signed: boolean) => {
    withdraw(listener, request, reply, signed ? 'signed in' : 'too late')
    if (signed) complete(listener, elicitationId)
    ended(signed)
  }
  const waiting = wait(runtime, exchange, use, finish, text)
  if (!('stop' in waiting)) return waiting
  const { depth } = routing.table.caps
  const request = readMessage(
    Buffer.from(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 0,
        method: 'elicitation/create',
        params: { ...params, elicitationId },
      }),
    ),
    depth,
  )
  const reply = (bytes: Buffer) => {
    const answer = readMessage(bytes, depth)
    const result = 'refusal' in answer ? undefined : answer.result
    if (readString(bytes, findNode(result, 'action')) === 'accept') return
    waiting.stop()
    ended(false)
  }
  const stop = () => {
    waiting.stop()
    withdraw(listener, request, reply, 'the call has ended')
  }
  const sent =
    !('refusal' in request) &&
    listener.serverRequests?.send(
      { message: request, reply, settled: () => {}, edits: [] },
      (bytes) => listener.send(bytes),
    )
  if (sent) return { stop, text }
  waiting.stop()
  return { text }
}

/** A question that is still open needs no answer any more. */
function withdraw(
  { serverRequests, send }: Listener,
  request: ReturnType<typeof readMessage>,
  reply: (bytes: Buffer) => void,
  reason: string,
): void {
  if ('refusal' in request) return
  const params = { requestId: 0, reason }
  const method = 'notifications/cancelled'
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params }))
  const message = readMessage(bytes, 8)
  if ('refusal' in message) return
  const cancelled = serverRequests?.cancel(message, reply)
  if (cancelled) send(cancelled)
}

function complete({ send }: Listener, elicitationId: string): void {
  const method = 'notifications/elicitation/complete'
  const params = { elicitationId }
  send(Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params })))
}

// A modern server's questions, put to a legacy client one by one (mrtr).
// In: an answer that asks for input, a client's stream. Out: what the server
// wants to be sent with the next try, once the client has answered everything.
// INVARIANT: ends by itself: so many rounds, so long a wait.

import { randomUUID } from 'node:crypto'
import {
  findNode,
  readMessage,
  readString,
  sliceNode,
} from '../message/message.ts'
import type { Node } from '../message/node.ts'
import type { Source } from '../upstream/source.ts'
import { type Listener, relayServerRequest } from './server-requests.ts'

/** Members of the params of the next try, as JSON. */
export type Round = Readonly<Record<string, string>>

export const MAX_ROUNDS = 8
const PATIENCE_MS = 600_000

/** Message, result, requests, one of them. */
const KEEP = 4

/** `done` is told once; undefined: there is no next try. */
export function askRound(
  source: Source,
  listener: Listener,
  bytes: Buffer,
  depth: number,
  done: (round: Round | undefined) => void,
): void {
  const message = readMessage(bytes, depth, KEEP)
  if ('problem' in message) return done(undefined)
  const state = findNode(message.result, 'requestState')
  const asked = findNode(message.result, 'inputRequests')?.members ?? []
  const answers = new Map<string, string>()
  let over = false
  const end = (round: Round | undefined) => {
    if (over) return
    over = true
    clearTimeout(timer)
    done(round)
  }
  const timer = setTimeout(() => end(undefined), PATIENCE_MS)
  const check = () => {
    if (answers.size < asked.length) return
    const members = [...answers].map(
      ([key, value]) => `${JSON.stringify(key)}:${value}`,
    )
    end({
      inputResponses: `{${members.join(',')}}`,
      ...(state && { requestState: sliceNode(bytes, state).toString() }),
    })
  }
  for (const { key, node } of asked) {
    const question = readMessage(writeQuestion(bytes, node), depth)
    if ('problem' in question) return end(undefined)
    const reply = (answer: Buffer) => {
      const { result } = readMessage(answer, depth) as { result?: Node }
      if (!result) return end(undefined)
      answers.set(key, sliceNode(answer, result).toString())
      check()
    }
    relayServerRequest({ ...source, reply }, listener, question)
    if (over) return
  }
  check()
}

/** The request that the client of a session gets. */
function writeQuestion(bytes: Buffer, node: Node): Buffer {
  const method = readString(bytes, findNode(node, 'method')) ?? ''
  const given = findNode(node, 'params')
  const params = given ? sliceNode(bytes, given).toString() : '{}'
  const head = `{"jsonrpc":"2.0","id":0,"method":${JSON.stringify(method)}`
  return Buffer.from(`${head},"params":${nameUrl(method, params)}}`)
}

/** Older clients know an elicitation by URL by an id of its own. */
function nameUrl(method: string, params: string): string {
  if (method !== 'elicitation/create') return params
  const value = Object(JSON.parse(params)) as Record<string, unknown>
  if (value.mode !== 'url' || 'elicitationId' in value) return params
  return JSON.stringify({ ...value, elicitationId: randomUUID() })
}

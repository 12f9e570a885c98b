// A client of large calls: it waits, reads slowly, goes away or comes back.
// In: a session, a call. Out: the messages that it got, or that it left.

import { Agent, type IncomingMessage, request } from 'node:http'
import { request as requestSecurely, Agent as SecureAgent } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import type { Dice } from '../crosstalk/dice.ts'
import { ENVELOPE, modernHeaders } from '../wire.ts'

export type Era = 'modern' | 'legacy' | 'batches'

const MANNERS = [
  ...['waits', 'waits', 'waits', 'waits', 'slow', 'drips', 'breaks'],
  ...['sends half', 'reads half'],
] as const
export type Manner = (typeof MANNERS)[number]

export const chooseManner = (dice: Dice): Manner =>
  MANNERS[dice.below(MANNERS.length)] as Manner

interface Received {
  readonly status: number
  readonly text: string
  readonly isWhole: boolean
  readonly session: string | undefined
}

/** What a client got: its messages, or why there are none. */
export interface Heard {
  readonly status: number
  readonly messages: readonly Record<string, unknown>[]
  readonly isWhole: boolean
}

/** How often it comes back for the rest. */
const MOST_RETURNS = 20

export class LentClient {
  readonly era: Era
  readonly #url: string
  readonly #token: string
  readonly #agent: Agent | SecureAgent
  readonly #dice: Dice
  readonly #ca: string | undefined
  #session: string | undefined

  constructor(
    url: string,
    token: string,
    era: Era,
    dice: Dice,
    ca: string | undefined,
  ) {
    this.#url = url
    this.#token = token
    this.era = era
    this.#dice = dice
    this.#ca = ca
    const options = { keepAlive: true, maxSockets: 2 }
    this.#agent = ca ? new SecureAgent({ ...options, ca }) : new Agent(options)
  }

  async open(): Promise<void> {
    if (this.era === 'modern') return
    const params = {
      protocolVersion: this.#version,
      capabilities: {},
      clientInfo: { name: 'lent', version: '1' },
    }
    const hello = { jsonrpc: '2.0', id: 0, method: 'initialize', params }
    const { session } = await this.#send(JSON.stringify(hello), 'waits')
    this.#session = session
  }

  close(): void {
    this.#agent.destroy()
  }

  get #version(): string {
    return this.era === 'batches' ? '2025-03-26' : '2025-11-25'
  }

  /** Several calls make a batch. */
  async call(
    calls: readonly { readonly id: number; readonly params: object }[],
    manner: Manner,
  ): Promise<Heard> {
    const method = 'tools/call'
    const messages = calls.map(({ id, params }) => {
      const envelope = this.era === 'modern' ? ENVELOPE : {}
      const _meta = { progressToken: id, ...envelope }
      return { jsonrpc: '2.0', id, method, params: { ...params, _meta } }
    })
    const body = messages.length > 1 ? messages : messages[0]
    const name = String(Object(messages[0]?.params).name)
    let got = await this.#send(JSON.stringify(body), manner, name)
    let text = got.text
    const last = () =>
      text
        .match(/^id: \S+$/gm)
        ?.at(-1)
        ?.slice(4)
    for (let n = 0; n < MOST_RETURNS; n++) {
      const after = last()
      if (this.era !== 'legacy' || after === undefined) break
      if (manner.endsWith('half') || readMessages(text).some(isAnswer)) break
      await setTimeout(this.#dice.below(10))
      got = await this.#send(undefined, 'waits', name, after)
      if (got.status !== 200) break
      // What was cut of an event comes again.
      text = text.slice(0, text.lastIndexOf('\n\n') + 2) + got.text
    }
    return { ...got, messages: readMessages(text) }
  }

  #send(
    body: string | undefined,
    manner: Manner,
    name?: string,
    after?: string,
  ): Promise<Received> {
    const length = body === undefined ? 0 : Buffer.byteLength(body)
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#token}`,
      'content-type': 'application/json',
      ...(this.era === 'modern' &&
        modernHeaders(this.#token, 'tools/call', name)),
      ...(this.#session && {
        'mcp-session-id': this.#session,
        'mcp-protocol-version': this.#version,
      }),
      ...(after && { 'last-event-id': after }),
      ...(length > 0 && { 'content-length': String(length) }),
      accept: 'application/json, text/event-stream',
    }
    return new Promise((resolve) => {
      const open = this.#ca ? requestSecurely : request
      const method = body === undefined ? 'GET' : 'POST'
      const agent = this.#agent as Agent
      const outgoing = open(this.#url, { method, agent, headers })
      const gone = { status: 0, text: '', isWhole: false, session: undefined }
      outgoing.on('error', () => resolve(gone))
      outgoing.on('response', (incoming) =>
        this.#read(incoming, manner, resolve),
      )
      if (body === undefined) outgoing.end()
      else if (manner === 'sends half') {
        outgoing.write(body.slice(0, length / 2), () => {
          void setTimeout(5).then(() => outgoing.destroy())
        })
      } else if (manner === 'drips') {
        const at = this.#dice.below(length)
        outgoing.write(body.slice(0, at))
        void setTimeout(this.#dice.below(10)).then(() =>
          outgoing.end(body.slice(at)),
        )
      } else outgoing.end(body)
    })
  }

  #read(
    incoming: IncomingMessage,
    manner: Manner,
    done: (received: Received) => void,
  ): void {
    let text = ''
    const leavesAt = this.#dice.below(300_000)
    incoming.on('error', () => {})
    incoming.setEncoding('latin1').on('data', (part: string) => {
      text += part
      const leaves = manner === 'reads half' || manner === 'breaks'
      if (leaves && text.length > leavesAt) incoming.destroy()
      if (manner !== 'slow') return
      incoming.pause()
      void setTimeout(this.#dice.below(12)).then(() => incoming.resume())
    })
    incoming.on('close', () => {
      const session = incoming.headers['mcp-session-id']
      done({
        status: incoming.statusCode ?? 0,
        text,
        isWhole: incoming.complete,
        session: session === undefined ? undefined : String(session),
      })
    })
  }
}

export const isAnswer = (message: Record<string, unknown>) =>
  'result' in message || 'error' in message

/** What was cut is left out. */
function readMessages(text: string): Record<string, unknown>[] {
  const parts = /^[{[]/.test(text)
    ? [text]
    : text
        .slice(0, text.lastIndexOf('\n\n') + 2)
        .split('\n')
        .filter((line) => line.startsWith('data: {'))
        .map((line) => line.slice(6))
  return parts.flatMap((part) => {
    try {
      return JSON.parse(part)
    } catch {
      return []
    }
  })
}

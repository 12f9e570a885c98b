// Raw clients of both eras: they answer what they are asked, and keep what they
// are told.
// In: an endpoint, a token. Out: a Peer.
// INVARIANT: each message is kept once, by the client that it reached.

import { request } from 'node:http'
import { until } from '../until.ts'
import { ENVELOPE, modernHeaders } from '../wire.ts'

export interface Peer {
  /** Nonces of what it was asked, and what it was told. */
  readonly heard: string[]
  /** Text of the first content block of a tool's result. */
  call(name: string, args: object): Promise<string>
  /** Any request; its result or its error. */
  ask(
    method: string,
    params: object,
  ): Promise<Readonly<Record<string, unknown>>>
  subscribe(uri: string): Promise<void>
  /** Begins a call, and cancels it once `begun`. */
  cancel(name: string, begun: () => Promise<void>): Promise<void>
  close(): Promise<unknown>
}

type Message = Readonly<Record<string, unknown>> & {
  readonly id?: unknown
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
}

const CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: { listChanged: true },
}

/** What it answers, whatever it is asked. */
const ANSWERS: Readonly<Record<string, object>> = {
  'sampling/createMessage': {
    ...{ role: 'assistant', model: 'm' },
    content: { type: 'text', text: 'sampled' },
  },
  'elicitation/create': { action: 'accept', content: { by: 'user' } },
  'roots/list': { roots: [{ uri: 'file:///here' }] },
  ping: {},
}

/** The words of a message that tell it from others. */
function readNonce({ method, params = {} }: Message): string {
  const { data, message, messages, uri, _meta } = params as {
    data?: string
    message?: string
    messages?: readonly { content: { text: string } }[]
    uri?: string
    _meta?: { nonce?: string }
  }
  const said = data ?? message ?? messages?.[0]?.content.text ?? uri
  return `${method?.replace('notifications/', '')} ${said ?? _meta?.nonce ?? ''}`.trim()
}

interface Sending {
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Tells each message as it comes; resolves at the end, with the head's. */
function exchange(
  url: string,
  { method = 'POST', headers, body }: Sending,
  told: (message: Message) => void,
  began: (abort: () => void) => void = () => {},
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (incoming) => {
      began(() => outgoing.destroy())
      const streamed = /event-stream/.test(
        String(incoming.headers['content-type']),
      )
      let rest = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        rest += chunk
        if (!streamed) return
        const events = rest.split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events) {
          const data = /^data: ?(.+)$/m.exec(event)?.[1]
          if (data) told(JSON.parse(data) as Message)
        }
      })
      incoming.on('error', () => resolve(incoming.headers))
      incoming.on('end', () => {
        if (!streamed && rest !== '') told(JSON.parse(rest) as Message)
        resolve(incoming.headers)
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const write = (message: object) =>
  JSON.stringify({ jsonrpc: '2.0', ...message })

const nameOf = ({ name, uri }: Readonly<Record<string, unknown>>) =>
  (name ?? uri) as string | undefined

const readText = (answer: Readonly<Record<string, unknown>>): string => {
  const { content } = answer as { content?: readonly { text: string }[] }
  return content?.[0]?.text ?? JSON.stringify(answer)
}

/** `listens`: with a GET stream. */
export async function openLegacy(
  url: string,
  token: string,
  listens = true,
  capabilities: object = CAPABILITIES,
): Promise<Peer> {
  const heard: string[] = []
  const open: (() => void)[] = []
  let headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  let next = 1
  const hear = (message: Message) => {
    if (message.method === undefined) return
    heard.push(readNonce(message))
    if (message.id === undefined) return
    const result = ANSWERS[message.method]
    const body = write({ id: message.id, result })
    void exchange(url, { headers, body }, () => {})
  }
  const send = async (method: string, params: object) => {
    const id = next++
    let answer: Message = {}
    const head = await exchange(
      url,
      { headers, body: write({ id, method, params }) },
      (message) => {
        if (message.id === id && message.method === undefined) answer = message
        else hear(message)
      },
    )
    return { head, answer }
  }
  const { head } = await send('initialize', {
    ...{ protocolVersion: '2025-11-25', capabilities },
    clientInfo: { name: 'raw', version: '1' },
  })
  const session = String(head['mcp-session-id'])
  headers = { ...headers, 'mcp-session-id': session }
  if (listens) {
    await new Promise<void>((began, failed) => {
      exchange(url, { method: 'GET', headers }, hear, (abort) => {
        open.push(abort)
        began()
      }).catch(failed)
    })
  }
  const ask: Peer['ask'] = async (method, params) => {
    const { answer } = await send(method, params)
    return (answer.result ?? answer.error ?? {}) as Record<string, unknown>
  }
  return {
    heard,
    ask,
    call: async (name, args) => {
      const _meta = { progressToken: next }
      return readText(await ask('tools/call', { name, arguments: args, _meta }))
    },
    subscribe: async (uri) => {
      await ask('resources/subscribe', { uri })
    },
    cancel: async (name, begun) => {
      const requestId = next
      const call = send('tools/call', { name })
      await begun()
      const params = { requestId }
      const body = write({ method: 'notifications/cancelled', params })
      await exchange(url, { headers, body }, () => {})
      await call
    },
    close: () => {
      for (const abort of open) abort()
      return exchange(url, { method: 'DELETE', headers }, () => {})
    },
  }
}

/** It asks for logs with each call. */
export async function openModern(url: string, token: string): Promise<Peer> {
  const heard: string[] = []
  const open: (() => void)[] = []
  let next = 1
  const _meta = {
    ...ENVELOPE,
    'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
    'io.modelcontextprotocol/logLevel': 'debug',
  }
  const send = async (
    method: string,
    params: Readonly<Record<string, unknown>>,
    began?: (abort: () => void) => void,
  ) => {
    const id = next++
    let answer: Message = {}
    const whole = { ...params, _meta: { ..._meta, progressToken: id } }
    await exchange(
      url,
      {
        headers: modernHeaders(token, method, nameOf(params)),
        body: write({ id, method, params: whole }),
      },
      (message) => {
        if (message.id === id) answer = message
        else heard.push(readNonce(message))
      },
      began,
    )
    return (answer.result ?? answer.error ?? {}) as Record<string, unknown>
  }
  const ask: Peer['ask'] = async (method, params) => {
    let given: object = {}
    for (let round = 0; round < 8; round++) {
      const answer = await send(method, { ...params, ...given })
      if (answer.resultType !== 'input_required') return answer
      const { requestState } = answer
      const asked = Object.entries(answer.inputRequests ?? {}) as [
        string,
        Message,
      ][]
      for (const [, question] of asked) heard.push(readNonce(question))
      const inputResponses = Object.fromEntries(
        asked.map(([key, { method = '' }]) => [key, ANSWERS[method]]),
      )
      given = { requestState, inputResponses }
    }
    throw new Error('too many rounds')
  }
  return {
    heard,
    ask,
    call: async (name, args) =>
      readText(await ask('tools/call', { name, arguments: args })),
    subscribe: async (uri) => {
      const notifications = {
        resourceSubscriptions: [uri],
        toolsListChanged: true,
      }
      const before = heard.length
      send('subscriptions/listen', { notifications }, (abort) => {
        open.push(abort)
      }).catch(() => {})
      await until(() => heard.length > before, 'acknowledged')
      heard.length = before
    },
    cancel: async (name, begun) => {
      const headers = modernHeaders(token, 'tools/call', name)
      const params = { name, _meta }
      const body = write({ id: next++, method: 'tools/call', params })
      const call = request(url, { method: 'POST', headers })
      const gone = new Promise<void>((resolve) => {
        call.on('error', () => resolve())
        call.on('close', () => resolve())
      })
      call.end(body)
      await begun()
      call.destroy()
      await gone
    },
    close: async () => {
      for (const abort of open) abort()
    },
  }
}

// A client (SDK 1.x or 2.x) that answers what it is asked at length.
// In: an endpoint, a token. Out: a way to ask; what it heard wrongly.
// INVARIANT: every byte of a question and of a notice is checked, and that it is
// about a call of its own.

import {
  Client as Modern,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { findDifference } from './keystream.ts'
import { writeQuestion, writeReply } from './rounds-texts.ts'

export interface RoundsClient {
  readonly isModern: boolean
  call(name: string, given: object, signal?: AbortSignal): Promise<Result>
  read(uri: string): Promise<string>
  prompt(given: object): Promise<string>
  close(): Promise<void>
}

export interface Result {
  readonly content: readonly { readonly text: string }[]
  readonly isError?: boolean
  readonly structuredContent?: unknown
}

const CAPABILITIES = { elicitation: { form: {} }, sampling: {} }

type Ask = (text: string) => string

/** `owner`: how the names of its calls begin. */
export async function openRounds(
  url: string,
  token: string,
  owner: string,
  isModern: boolean,
  faults: string[],
): Promise<RoundsClient> {
  const judge = (said: string): readonly string[] => {
    const whole = said.slice(said.indexOf(owner))
    const [nonce = '', replied = '', asked = ''] = whole.split('|', 3)
    const wanted = writeQuestion(nonce, replied, asked)
    const fault = said.includes(owner)
      ? findDifference(whole, wanted)
      : said.slice(0, 80)
    if (fault) faults.push(`${owner} was asked: ${fault}`)
    return [nonce, replied]
  }
  const ask: Ask = (text) => {
    const [nonce = '', replied = ''] = judge(text)
    return writeReply(nonce, replied)
  }
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  const info = { name: owner, version: '1' }
  const client = isModern
    ? openModern(info, ask)
    : openLegacy(info, ask, (text) => void judge(text))
  const transport = isModern
    ? new ModernTransport(new URL(url), { requestInit })
    : new StreamableHTTPClientTransport(new URL(url), { requestInit })
  await client.connect(transport as never)
  const invoke = client.callTool.bind(client) as (
    ...all: unknown[]
  ) => Promise<Result>
  return {
    isModern,
    call: (name, given, signal) => {
      const options = { signal, timeout: 60_000 }
      const rest = isModern ? [options] : [undefined, options]
      return invoke({ name, arguments: given }, ...rest)
    },
    read: async (uri) => {
      const { contents } = await client.readResource({ uri })
      return String(Object(contents[0]).blob)
    },
    prompt: async (given) => {
      const params = { name: 'legacy__one', arguments: { ...given } }
      const { messages } = await client.getPrompt(params)
      return String(Object(messages[0]?.content).text)
    },
    close: () => client.close(),
  }
}

const sampled = (text: string) => ({
  model: 'm',
  role: 'assistant' as const,
  content: { type: 'text' as const, text },
})

const filled = (fill: string) => ({
  action: 'accept' as const,
  content: { fill },
})

function openModern(info: { name: string; version: string }, ask: Ask): Client {
  const client = new Modern(info, {
    capabilities: CAPABILITIES,
    versionNegotiation: { mode: 'auto' },
  })
  client.setRequestHandler('elicitation/create', ({ params }) =>
    filled(ask(params.message)),
  )
  client.setRequestHandler('sampling/createMessage', ({ params }) =>
    sampled(ask(String(Object(params.messages[0]?.content).text))),
  )
  return client as unknown as Client
}

function openLegacy(
  info: { name: string; version: string },
  ask: Ask,
  hear: (text: string) => void,
): Client {
  const client = new Client(info, { capabilities: CAPABILITIES })
  client.setRequestHandler(ElicitRequestSchema, ({ params }) =>
    filled(ask(params.message)),
  )
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) =>
    sampled(ask(String(Object(params.messages[0]?.content).text))),
  )
  client.setNotificationHandler(LoggingMessageNotificationSchema, (note) =>
    hear(String(note.params.data)),
  )
  return client
}

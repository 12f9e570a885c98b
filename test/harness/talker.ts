// A client (SDK 1.x) that answers whatever a server asks with its own name, and
// keeps what it hears.
// In: an endpoint, a token, a name. Out: a Talker.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { Test } from 'tap'
import type { Issued } from './served.ts'

export interface Talker {
  readonly client: Client
  /** What it was asked and told. */
  readonly heard: string[]
  call(name: string, args?: object): Promise<string>
}

export async function talkAs(
  t: Test,
  url: string,
  { token }: Issued,
  name: string,
  capabilities: object = {
    elicitation: { form: {}, url: {} },
    sampling: {},
    roots: { listChanged: true },
  },
): Promise<Talker> {
  const client = new Client({ name, version: '1' }, { capabilities })
  const heard: string[] = []
  if ('elicitation' in capabilities) {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      heard.push(params.message)
      return { action: 'accept', content: { name } }
    })
  }
  if ('sampling' in capabilities) {
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
      const [{ content } = { content: {} }] = params.messages
      heard.push(String(Reflect.get(content, 'text')))
      const answer = { type: 'text' as const, text: `sampled by ${name}` }
      return { model: name, role: 'assistant', content: answer }
    })
  }
  if ('roots' in capabilities) {
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: [{ uri: `file:///${name}` }],
    }))
  }
  client.setNotificationHandler(LoggingMessageNotificationSchema, (note) => {
    heard.push(String(note.params.data))
  })
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, (note) => {
    heard.push(`updated ${note.params.uri}`)
  })
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  })
  await client.connect(transport as never)
  t.teardown(() => client.close())
  const call = async (tool: string, args: object = {}) => {
    const { content } = await client.callTool({
      name: tool,
      arguments: { ...args },
    })
    return (content as { text: string }[])[0]?.text ?? ''
  }
  return { client, heard, call }
}

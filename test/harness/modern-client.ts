// A modern client (SDK 2.x) that answers whatever a server asks.
// In: an endpoint, a token. Out: the client, what it was asked, a way to call.

import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import type { Test } from 'tap'
import type { Issued } from './served.ts'

export const CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: {},
}

export async function connectModern(t: Test, url: string, { token }: Issued) {
  const client = new ModernClient(
    { name: 'modern', version: '1' },
    { capabilities: CAPABILITIES, versionNegotiation: { mode: 'auto' } },
  )
  const heard: string[] = []
  client.setRequestHandler('elicitation/create', ({ params }) => {
    heard.push(params.message)
    return { action: 'accept', content: { name: 'modern' } }
  })
  client.setRequestHandler('sampling/createMessage', () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }))
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  await client.connect(new ModernTransport(new URL(url), { requestInit }))
  t.teardown(() => client.close())
  const call = async (name: string, args: object = {}) => {
    const { content } = await client.callTool({
      name,
      arguments: { ...args },
    })
    return (content as { text: string }[])[0]?.text ?? ''
  }
  return { client, heard, call }
}

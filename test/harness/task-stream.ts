// A client of SDK 1.x that runs a tool as a task, as that SDK does it.
// In: an endpoint, a token, a call. Out: what it was told, and the answer.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  ElicitRequestSchema,
  TaskStatusNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { Test } from 'tap'
import type { Issued } from './served.ts'

export interface StreamedTask {
  /** Kinds of what happened, and messages of questions and progress. */
  readonly said: readonly string[]
  /** Every id that it was told. */
  readonly ids: ReadonlySet<string>
  readonly text: string
}

export async function streamTask(
  t: Test,
  url: string,
  { token }: Issued,
  call: { readonly name: string; readonly arguments: Record<string, unknown> },
  onQuestion: (client: Client) => void,
): Promise<StreamedTask> {
  const client = new Client(
    { name: 'streams', version: '1' },
    { capabilities: { elicitation: { form: {} } } },
  )
  const said: string[] = []
  const ids = new Set<string>()
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    said.push(params.message)
    onQuestion(client)
    return { action: 'accept', content: {} }
  })
  client.setNotificationHandler(TaskStatusNotificationSchema, ({ params }) => {
    ids.add(params.taskId)
  })
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit,
  })
  await client.connect(transport as never)
  t.teardown(() => client.close())
  await client.listTools()
  const stream = client.experimental.tasks.callToolStream(call, undefined, {
    task: { ttl: 60_000 },
    onprogress: ({ message }) => void said.push(`progress ${message}`),
  })
  let text = ''
  for await (const event of stream) {
    said.push(event.type)
    if ('task' in event) ids.add(event.task.taskId)
    if (event.type !== 'result') continue
    const [content] = event.result.content as { text: string }[]
    text = content?.text ?? ''
  }
  return { said: [...new Set(said)], ids, text }
}

// How the clients answer what servers ask, and that they are told something.
// In: a client of either SDK. Out: what it heard, as `METHOD TEXT`.
// INVARIANT: every question is answered, with the least that it wants.

import { pathToFileURL } from 'node:url'
import type { Client as NewClient } from '@modelcontextprotocol/client'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'

export function answerAs1(client: Client, root: string, heard: string[]): void {
  client.setRequestHandler(ElicitRequestSchema, ({ params }) =>
    answerForm(params, heard),
  )
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) =>
    answerSampling(params, heard),
  )
  client.setRequestHandler(ListRootsRequestSchema, () => listRoots(root))
  client.setNotificationHandler(LoggingMessageNotificationSchema, (note) => {
    heard.push(`log ${note.params.data}`)
  })
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, (note) => {
    heard.push(`updated ${note.params.uri}`)
  })
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    heard.push('tools changed')
  })
}

export function answerAs2(
  client: NewClient,
  root: string,
  heard: string[],
): void {
  client.setRequestHandler('elicitation/create', ({ params }) =>
    answerForm(params, heard),
  )
  client.setRequestHandler('sampling/createMessage', ({ params }) =>
    answerSampling(params, heard),
  )
  client.setRequestHandler('roots/list', () => listRoots(root))
  client.setNotificationHandler('notifications/message', ({ params }) => {
    heard.push(`log ${params.data}`)
  })
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => {
      heard.push(`updated ${params.uri}`)
    },
  )
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    heard.push('tools changed')
  })
}

/** Fills in what is required, and no more. */
function answerForm(
  params: { readonly mode?: string | undefined; readonly message: string },
  heard: string[],
) {
  heard.push(`elicitation ${params.message}`)
  const accept = { action: 'accept' as const }
  if (params.mode === 'url') return accept
  const { required = [] } = Reflect.get(params, 'requestedSchema') as {
    readonly required?: readonly string[]
  }
  const content = Object.fromEntries(required.map((name) => [name, 'Ada']))
  return { ...accept, content }
}

function answerSampling(params: object, heard: string[]) {
  heard.push(`sampling ${JSON.stringify(params)}`)
  const content = { type: 'text' as const, text: 'a sampled answer' }
  return { model: 'none', role: 'assistant' as const, content }
}

function listRoots(root: string) {
  return { roots: [{ uri: pathToFileURL(root).href, name: 'root' }] }
}

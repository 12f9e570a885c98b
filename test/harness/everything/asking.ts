// Tools that ask the client, once: sampling and elicitation.
// In: a server. Out: its tools, registered.
// INVARIANT: written for 2026-07-28 (`input_required`); to an older client the
// SDK sends each question as a request of its own, so one tool serves both.

import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type ElicitRequestFormParams,
  inputRequired,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { text } from './content.ts'

type Form = ElicitRequestFormParams['requestedSchema']

const CONTACT: Form = {
  type: 'object',
  properties: {
    username: { type: 'string', description: 'How to call you' },
    email: { type: 'string', description: 'Where to write to' },
  },
  required: ['username', 'email'],
}

const DEFAULTS: Form = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: {
      type: 'string',
      enum: ['active', 'inactive', 'pending'],
      default: 'active',
    },
    verified: { type: 'boolean', default: true },
  },
}

const titled = (...titles: readonly string[]) =>
  titles.map((title, at) => ({ const: `value${at + 1}`, title }))

const OPTIONS = ['option1', 'option2', 'option3']

const ENUMS: Form = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: OPTIONS },
    titledSingle: { type: 'string', oneOf: titled('One', 'Two', 'Three') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: OPTIONS } },
    titledMulti: {
      type: 'array',
      items: { anyOf: titled('First', 'Second', 'Third') },
    },
  },
}

export const sample = (prompt: string, maxTokens = 100) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: text(prompt) }],
    maxTokens,
  })

/** Asks with a form, then says what came back. */
function askForm(
  { mcpReq }: ServerContext,
  message: string,
  requestedSchema: Form,
) {
  const reply = mcpReq.inputResponses?.reply
  if (reply) return { content: [text(`Answered: ${JSON.stringify(reply)}`)] }
  const question = inputRequired.elicit({ message, requestedSchema })
  return inputRequired({ inputRequests: { reply: question } })
}

export function registerAsking(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    {
      description: "Asks the client's model",
      inputSchema: z.object({ prompt: z.string() }),
    },
    ({ prompt }, { mcpReq }) => {
      const reply = mcpReq.inputResponses?.reply
      if (!reply)
        return inputRequired({ inputRequests: { reply: sample(prompt) } })
      const { content } = reply as { content?: { text?: string } }
      return { content: [text(`LLM response: ${content?.text}`)] }
    },
  )
  server.registerTool(
    'test_elicitation',
    {
      description: 'Asks the user for a contact',
      inputSchema: z.object({ message: z.string() }),
    },
    ({ message }, ctx) => askForm(ctx, message, CONTACT),
  )
  server.registerTool(
    'test_elicitation_url',
    { description: 'Sends the user to a page' },
    ({ mcpReq }) => {
      const reply = mcpReq.inputResponses?.reply
      if (reply) return { content: [text(`Went: ${JSON.stringify(reply)}`)] }
      const page = { message: 'Please visit', url: 'https://e.example/' }
      const question = inputRequired.elicitUrl(page)
      return inputRequired({ inputRequests: { reply: question } })
    },
  )
  server.registerTool(
    'test_elicitation_sep1034_defaults',
    { description: 'Asks the user with a form that has defaults' },
    (ctx) => askForm(ctx, 'Is this right?', DEFAULTS),
  )
  server.registerTool(
    'test_elicitation_sep1330_enums',
    { description: 'Asks the user to choose, in all five ways' },
    (ctx) => askForm(ctx, 'What do you choose?', ENUMS),
  )
  server.registerTool(
    'test_streaming_elicitation',
    { description: 'Asks the user, after it told its progress' },
    async (ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken
      if (progressToken !== undefined) {
        await ctx.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress: 1 },
        })
      }
      return askForm(ctx, 'Go on?', CONTACT)
    },
  )
  server.registerTool(
    'test_missing_capability',
    { description: 'Cannot work without a model' },
    ({ mcpReq }) =>
      mcpReq.inputResponses?.reply
        ? { content: [text('Sampled')] }
        : inputRequired({ inputRequests: { reply: sample('Hello?') } }),
  )
}

/** What the client said it can: a modern one with this request, an older one
 * when its session began. */
export function findDeclared(
  { server }: McpServer,
  { mcpReq }: ServerContext,
): ClientCapabilities {
  // The SDK types the envelope as empty.
  const envelope = (mcpReq.envelope ?? {}) as Readonly<
    Record<string, ClientCapabilities>
  >
  const ofRequest = envelope[CLIENT_CAPABILITIES_META_KEY]
  return ofRequest ?? server.getClientCapabilities() ?? {}
}

// Tools and a prompt that need one or more rounds of input (SEP-2322), some
// with a request state that the server seals.
// In: a server, what seals. Out: its tools and prompt, registered.

import {
  acceptedContent,
  type InputRequests,
  inputRequired,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { findDeclared, sample } from './asking.ts'
import { text } from './content.ts'

/** What a request state says. */
export interface Round {
  readonly step: number
}

const PREFIX = 'test_input_required_result'
const NAME = z.object({ name: z.string() })
const CONFIRMED = z.object({ ok: z.boolean() })
const COLOR = z.object({ color: z.string() })
const CONTEXT = z.object({ context: z.string() })

const ask = (message: string, requestedSchema: z.ZodObject) =>
  inputRequired.elicit({ message, requestedSchema })

const say = (words: string) => ({ content: [text(words)] })

export function registerRounds(
  server: McpServer,
  codec: RequestStateCodec<Round>,
): void {
  registerSingle(server)
  registerSealed(server, codec)
  server.registerPrompt(
    `${PREFIX}_prompt`,
    { description: 'Needs a context' },
    ({ mcpReq }) => {
      const given = acceptedContent(
        mcpReq.inputResponses,
        'user_context',
        CONTEXT,
      )
      if (!given) {
        const user_context = ask('What context should the prompt use?', CONTEXT)
        return inputRequired({ inputRequests: { user_context } })
      }
      const content = text(`In the context of ${given.context}`)
      return { messages: [{ role: 'user', content }] }
    },
  )
}

/** One question, no state. */
function registerSingle(server: McpServer): void {
  server.registerTool(
    `${PREFIX}_elicitation`,
    { description: 'Needs the name of the user' },
    ({ mcpReq }) => {
      const given = acceptedContent(mcpReq.inputResponses, 'user_name', NAME)
      if (given) return say(`Hello, ${given.name}!`)
      const user_name = ask('What is your name?', NAME)
      return inputRequired({ inputRequests: { user_name } })
    },
  )
  server.registerTool(
    `${PREFIX}_sampling`,
    { description: 'Needs an answer of the model' },
    ({ mcpReq }) => {
      const answer = mcpReq.inputResponses?.capital_question
      if (answer) return say(JSON.stringify(answer))
      const capital_question = sample('What is the capital of France?')
      return inputRequired({ inputRequests: { capital_question } })
    },
  )
  server.registerTool(
    `${PREFIX}_list_roots`,
    { description: 'Needs the roots of the client' },
    ({ mcpReq }) => {
      const answer = mcpReq.inputResponses?.client_roots
      if (answer) return say(JSON.stringify(answer))
      const client_roots = inputRequired.listRoots()
      return inputRequired({ inputRequests: { client_roots } })
    },
  )
  server.registerTool(
    `${PREFIX}_capabilities`,
    { description: 'Asks only what the client can answer' },
    (ctx) => {
      const { inputResponses = {} } = ctx.mcpReq
      if (Object.keys(inputResponses).length > 0) return say('Answered')
      const { elicitation, sampling, roots } = findDeclared(server, ctx)
      const inputRequests: InputRequests = {
        ...(elicitation && { user_name: ask('What is your name?', NAME) }),
        ...(sampling && { handshake: sample('Write a greeting') }),
        ...(roots && { client_roots: inputRequired.listRoots() }),
      }
      if (Object.keys(inputRequests).length === 0) return say('Nobody to ask')
      return inputRequired({ inputRequests })
    },
  )
}

/** Questions with a state that comes back. */
function registerSealed(
  server: McpServer,
  codec: RequestStateCodec<Round>,
): void {
  const seal = async (step: number, inputRequests: InputRequests) =>
    inputRequired({ inputRequests, requestState: await codec.mint({ step }) })
  const stepOf = ({ mcpReq }: ServerContext) =>
    mcpReq.requestState<Round>()?.step ?? 0

  for (const name of [`${PREFIX}_request_state`, `${PREFIX}_tampered_state`]) {
    server.registerTool(
      name,
      { description: 'Needs a confirmation and its own state' },
      async (ctx) => {
        const { inputResponses } = ctx.mcpReq
        const given = acceptedContent(inputResponses, 'confirm', CONFIRMED)
        if (given && stepOf(ctx) === 1) return say('state-ok')
        return seal(1, { confirm: ask('Please confirm', CONFIRMED) })
      },
    )
  }
  server.registerTool(
    `${PREFIX}_multiple_inputs`,
    { description: 'Needs a name, a greeting and the roots at once' },
    async (ctx) => {
      const { inputResponses } = ctx.mcpReq
      const given = acceptedContent(inputResponses, 'user_name', NAME)
      const rest = inputResponses?.handshake && inputResponses.client_roots
      if (given && rest && stepOf(ctx) === 1) return say(`${given.name}: done`)
      return seal(1, {
        user_name: ask('What is your name?', NAME),
        handshake: sample('Write a greeting', 50),
        client_roots: inputRequired.listRoots(),
      })
    },
  )
  server.registerTool(
    `${PREFIX}_multi_round`,
    { description: 'Needs a name, then a color' },
    async (ctx) => {
      const { inputResponses } = ctx.mcpReq
      const name = acceptedContent(inputResponses, 'step1', NAME)
      const color = acceptedContent(inputResponses, 'step2', COLOR)
      const step = stepOf(ctx)
      if (step === 2 && color) return say(`You like ${color.color}`)
      if (step >= 1 && (name || step === 2)) {
        return seal(2, { step2: ask('What is your favorite color?', COLOR) })
      }
      return seal(1, { step1: ask('What is your name?', NAME) })
    },
  )
}

// Tools of the everything-server that run as tasks.
// In: a call. Out: the job it starts, or what it wants first.
// INVARIANT: results are exact texts, with numbers that a parse would change.

import { setTimeout } from 'node:timers/promises'
import type { Job, Running } from './task-store.ts'

export interface TaskTool {
  readonly description: string
  readonly properties: Readonly<Record<string, object>>
  /** Has no answer but a task. */
  readonly required?: true
  /** Has to be answered before there is a task. */
  readonly first?: Readonly<Record<string, object>>
  start(given: Readonly<Record<string, unknown>>): Job
  /** Whether this call is worth a task. */
  lasts?(given: Readonly<Record<string, unknown>>): boolean
}

const ask = (message: string, property: string, type: string) => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message,
    requestedSchema: {
      type: 'object',
      properties: { [property]: { type } },
      required: [property],
    },
  },
})

const say = (text: string, isError = false) =>
  `{"content":[{"type":"text","text":${JSON.stringify(text)}}],` +
  `"structuredContent":{"exact":1.0,"big":12345678901234567890},` +
  `"isError":${isError}}`

const FIRST = { user_name: ask('What is your name?', 'name', 'string') }

export const TASK_TOOLS: Readonly<Record<string, TaskTool>> = {
  slow_compute: {
    description: 'Takes its time',
    properties: { seconds: { type: 'number' }, label: { type: 'string' } },
    lasts: ({ seconds }) => Number(seconds) > 0,
    start:
      ({ seconds, label }) =>
      async ({ signal }) => {
        await setTimeout(Number(seconds) * 1_000, undefined, { signal })
        return say(`Computed ${label}`)
      },
  },
  failing_job: {
    description: 'Ends with an error of the tool',
    properties: {},
    required: true,
    start: () => async () => say('It did not work', true),
  },
  protocol_error_job: {
    description: 'Ends with an error of the protocol',
    properties: {},
    required: true,
    start: () => async () => {
      throw new Error('nothing works')
    },
  },
  confirm_delete: {
    description: 'Asks before it deletes',
    properties: { filename: { type: 'string' } },
    start:
      ({ filename }) =>
      async ({ ask: put }: Running) => {
        const question = ask(`Delete ${filename}?`, 'confirm', 'boolean')
        const { confirm } = await put({ confirm: question })
        const { action } = Object(confirm)
        return say(`${filename}: ${action}`)
      },
  },
  multi_input: {
    description: 'Asks two things at once',
    properties: {},
    start:
      () =>
      async ({ ask: put }) => {
        const answers = await put({
          one: ask('The first?', 'name', 'string'),
          two: ask('The second?', 'name', 'string'),
        })
        return say(JSON.stringify(answers))
      },
  },
  test_tool_with_task: {
    description: 'Asks for a name, then runs as a task',
    properties: {},
    required: true,
    first: FIRST,
    start: (given) => async () => say(JSON.stringify(given.user_name)),
  },
}

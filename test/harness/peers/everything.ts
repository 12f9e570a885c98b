// What the npm everything-server offers, each used once.
// In: an attempt. Out: nothing, or an error that says what is wrong.

import assert from 'node:assert/strict'
import { until } from '../until.ts'
import type { ToolResult } from './clients.ts'
import type { Attempt, Probes } from './features.ts'

const TEXT = 'demo://resource/dynamic/text/'

export const textOf = ({ content }: ToolResult) =>
  content.map(({ text }) => text ?? '').join('\n')

/** The client goes away from a call that would last; the audit says so. */
export async function cancel(attempt: Attempt, name: string, args: object) {
  const { peer, at, records } = attempt
  const exposed = at(name)
  const find = (event: string) =>
    records().filter(
      (one) =>
        one.event === event &&
        one.exposed === exposed &&
        one.client?.name === peer.kind,
    )
  const isCancelled = () =>
    find('outcome').some(({ outcome }) => outcome === 'cancelled')
  for (let tries = 0; tries < 5; tries++) {
    const before = find('intent').length
    const abort = new AbortController()
    const call = peer.call(exposed, args, { signal: abort.signal })
    const left = call.then(
      () => false,
      () => true,
    )
    await until(() => find('intent').length > before, 'the call')
    abort.abort()
    // A short one may be over before it can be left, and what is left between
    // a question and its answer is not under way.
    if (!(await left)) continue
    const hasEnded = () => find('outcome').length === find('intent').length
    await until(() => isCancelled() || hasEnded(), 'its end')
    if (isCancelled()) return
  }
  throw new Error('it could not be left')
}

/** The server is told to talk, is heard, and told to stop. */
async function toggle({ peer, at, hear }: Attempt, name: string, what: RegExp) {
  await peer.call(at(name))
  try {
    await hear(what)
  } finally {
    await peer.call(at(name))
  }
}

export const EVERYTHING: Probes = {
  instructions: async ({ peer }) =>
    assert.match(peer.client.getInstructions() ?? '', /Everything Server/i),
  tools: async ({ peer, at }) => {
    const { tools } = await peer.client.listTools()
    assert(tools.some(({ name }) => name === at('get-sum')))
    const answer = await peer.call(at('get-sum'), { a: 2, b: 3 })
    assert.match(textOf(answer), /sum of 2 and 3 is 5/)
  },
  structured: async ({ peer, at }) => {
    const args = { location: 'Chicago' }
    const answer = await peer.call(at('get-structured-content'), args)
    const conditions = 'Light rain / drizzle'
    assert.deepEqual(answer.structuredContent, {
      ...{ temperature: 36, conditions, humidity: 82 },
    })
  },
  content: async ({ peer, at }) => {
    const kinds = async (name: string) => {
      const { content } = await peer.call(at(name))
      return content.map(({ type }) => type)
    }
    assert((await kinds('get-tiny-image')).includes('image'))
    assert((await kinds('get-resource-reference')).includes('resource'))
    assert((await kinds('get-resource-links')).includes('resource_link'))
  },
  progress: async ({ peer, at }) => {
    const seen = new Set<number>()
    const onprogress = (one: { readonly progress: number }) =>
      void seen.add(one.progress)
    const args = { duration: 0.1, steps: 2 }
    // SDK 2.x counts a question in between, here for roots, as progress 1 too,
    // and drops a progress that it reads together with the answer.
    for (let tries = 0; tries < 3 && seen.size < 2; tries++) {
      await peer.call(at('trigger-long-running-operation'), args, {
        onprogress,
      })
    }
    assert.deepEqual([...seen], [1, 2])
  },
  cancellation: (attempt) =>
    cancel(attempt, 'trigger-long-running-operation', {
      duration: 60,
      steps: 1,
    }),
  logging: async (attempt) => {
    await attempt.peer.hearLogs()
    await toggle(attempt, 'toggle-simulated-logging', /^log \w+[- ]level/)
  },
  resources: async ({ peer }) => {
    const { resources } = await peer.client.listResources()
    const { uri } = resources.find(({ uri }) =>
      uri.endsWith('features.md'),
    ) ?? { uri: '' }
    const { contents } = await peer.client.readResource({ uri })
    assert.match(contents[0]?.text ?? '', /Everything Server/)
  },
  templates: async ({ peer }) => {
    const { resourceTemplates } = await peer.client.listResourceTemplates()
    const wanted = `${TEXT}{resourceId}`
    assert(resourceTemplates.some(({ uriTemplate }) => uriTemplate === wanted))
    const { contents } = await peer.client.readResource({ uri: `${TEXT}7` })
    assert.match(contents[0]?.text ?? '', /^Resource 7:/)
  },
  subscriptions: async (attempt) => {
    const following = await attempt.peer.follow(`${TEXT}9`)
    const updated = new RegExp(`^updated ${TEXT}9$`)
    await toggle(attempt, 'toggle-subscriber-updates', updated)
    await following.end()
  },
  prompts: async ({ peer, at }) => {
    const { prompts } = await peer.client.listPrompts()
    assert(prompts.some(({ name }) => name === at('args-prompt')))
    const { messages } = await peer.client.getPrompt({
      name: at('args-prompt'),
      arguments: { city: 'Oslo' },
    })
    assert.match(JSON.stringify(messages), /weather in Oslo/)
  },
  completion: async ({ peer, at }) => {
    const name = at('completable-prompt')
    const { completion } = await peer.client.complete({
      ref: { type: 'ref/prompt', name },
      argument: { name: 'department', value: 'S' },
    })
    assert.deepEqual(completion.values, ['Sales', 'Support'])
  },
  sampling: async ({ peer, at, hear }) => {
    const args = { prompt: 'say something' }
    const answer = await peer.call(at('trigger-sampling-request'), args)
    await hear(/^sampling .*say something/)
    assert.match(textOf(answer), /a sampled answer/)
  },
  elicitation: async ({ peer, at, hear }) => {
    const answer = await peer.call(at('trigger-elicitation-request'))
    await hear(/^elicitation .*Please provide inputs/)
    assert.match(textOf(answer), /Ada/)
  },
  urlElicitation: async ({ peer, at, hear }) => {
    const args = { url: 'https://example.com/login', message: 'Open this' }
    const answer = await peer.call(at('trigger-url-elicitation'), args)
    await hear(/^elicitation .*Open this/)
    assert.match(textOf(answer), /completed the URL elicitation/)
  },
  roots: async ({ peer, at }) => {
    const answer = await peer.call(at('get-roots-list'))
    assert(textOf(answer).includes(encodeURI(peer.root)), textOf(answer))
  },
  tasks: async ({ peer, at }) => {
    await peer.client.listTools()
    const name = at('simulate-research-query')
    await peer.startTask?.(name, { topic: 'gateways' })
  },
}

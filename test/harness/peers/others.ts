// What the other servers offer, each used once.
// In: an attempt. Out: nothing, or an error that says what is wrong.

import assert from 'node:assert/strict'
import { WATCHED } from '../everything/data.ts'
import { until } from '../until.ts'
import { cancel, textOf } from './everything.ts'
import type { Attempt, Probes } from './features.ts'

const GRAPH = 'memory://knowledge-graph'

export const MEMORY: Probes = {
  tools: async ({ peer, at }) => {
    await peer.call(at('create_entities'), { entities: [entity(peer.kind)] })
    const answer = await peer.call(at('search_nodes'), { query: peer.kind })
    assert.match(textOf(answer), /known to the tests/)
  },
  structured: async ({ peer, at }) => {
    const { structuredContent } = await peer.call(at('read_graph'))
    assert(Array.isArray(Reflect.get(Object(structuredContent), 'entities')))
  },
  resources: async ({ peer }) => {
    const { resources } = await peer.client.listResources()
    assert(resources.some(({ uri }) => uri === GRAPH))
    const { contents } = await peer.client.readResource({ uri: GRAPH })
    assert.match(contents[0]?.text ?? '', /"entities"/)
  },
  subscriptions: async ({ peer, at, hear }) => {
    const following = await peer.follow(GRAPH)
    const entities = [entity(`${peer.kind} again`)]
    await peer.call(at('create_entities'), { entities })
    await hear(/^updated memory:/)
    await following.end()
  },
}

const entity = (name: string) => ({
  ...{ name, entityType: 'client', observations: ['known to the tests'] },
})

/** The folder that it may use: the client's root takes the place of the one in
 * its arguments, a while after its session has begun. */
const waitForRoot = ({ peer, at }: Attempt) =>
  until(async () => {
    const answer = await peer.call(at('list_allowed_directories'))
    return textOf(answer).endsWith(`\n${peer.root}`)
  }, 'its root to be allowed')

export const FILESYSTEM: Probes = {
  tools: async (attempt) => {
    const { peer, at } = attempt
    await waitForRoot(attempt)
    const path = `${peer.root}/note.txt`
    await peer.call(at('write_file'), { path, content: `by ${peer.kind}` })
    const answer = await peer.call(at('read_text_file'), { path })
    assert.equal(textOf(answer), `by ${peer.kind}`)
    const outside = await peer.call(at('read_text_file'), { path: '/none' })
    assert(outside.isError && /outside allowed/.test(textOf(outside)))
  },
  structured: async ({ peer, at }) => {
    const args = { path: peer.root, pattern: 'note*' }
    const { structuredContent } = await peer.call(at('search_files'), args)
    assert.match(JSON.stringify(structuredContent), /note\.txt/)
  },
  roots: waitForRoot,
}

export const THINKING: Probes = {
  tools: async ({ peer, at }) => {
    const answer = await peer.call(at('sequentialthinking'), THOUGHT)
    assert.match(textOf(answer), /"thoughtNumber": 1/)
  },
  structured: async ({ peer, at }) => {
    const answer = await peer.call(at('sequentialthinking'), THOUGHT)
    const number = Reflect.get(
      Object(answer.structuredContent),
      'totalThoughts',
    )
    assert.equal(number, 3)
  },
}

const THOUGHT = {
  thought: 'First, look.',
  ...{ thoughtNumber: 1, totalThoughts: 3, nextThoughtNeeded: true },
}

/** Our own on SDK 2.x: no published server speaks the modern era alone. */
export const MODERN: Probes = {
  instructions: async ({ peer }) =>
    assert.match(peer.client.getInstructions() ?? '', /whatever MCP has/),
  tools: async ({ peer, at }) => {
    const answer = await peer.call(at('test_simple_text'))
    assert.match(textOf(answer), /simple text response/)
  },
  content: async ({ peer, at }) => {
    const { content } = await peer.call(at('test_multiple_content_types'))
    const kinds = content.map(({ type }) => type)
    assert.deepEqual(kinds, ['text', 'image', 'resource'])
  },
  progress: async ({ peer, at }) => {
    const seen: number[] = []
    const onprogress = (one: { readonly progress: number }) =>
      void seen.push(one.progress)
    await peer.call(at('test_tool_with_progress'), {}, { onprogress })
    assert.deepEqual(seen, [0, 50, 100])
  },
  cancellation: (attempt) => cancel(attempt, 'test_tool_with_progress', {}),
  logging: async ({ peer, at, hear }) => {
    await peer.hearLogs()
    await peer.call(at('test_logging_tool'))
    await hear(/^log Only for those who asked/)
  },
  resources: async ({ peer }) => {
    const { resources } = await peer.client.listResources()
    const uri = 'test://static-text'
    assert(resources.some((one) => one.uri === uri))
    const { contents } = await peer.client.readResource({ uri })
    assert.match(contents[0]?.text ?? '', /content of static-text/)
  },
  templates: async ({ peer }) => {
    const uri = 'test://template/7/data'
    const { contents } = await peer.client.readResource({ uri })
    assert.match(contents[0]?.text ?? '', /"id":"7"/)
  },
  subscriptions: async ({ peer, at, hear }) => {
    const following = await peer.follow(WATCHED)
    await peer.call(at('test_touch_resource'))
    await hear(/^updated test:/)
    await following.end()
  },
  prompts: async ({ peer, at }) => {
    const { messages } = await peer.client.getPrompt({
      name: at('test_prompt_with_arguments'),
      arguments: { arg1: 'paris', arg2: 'party' },
    })
    assert.match(JSON.stringify(messages), /arg1='paris', arg2='party'/)
  },
  completion: async ({ peer, at }) => {
    const name = at('test_prompt_with_arguments')
    const { completion } = await peer.client.complete({
      ref: { type: 'ref/prompt', name },
      argument: { name: 'arg1', value: 'par' },
    })
    assert.deepEqual(completion.values, ['paris', 'park', 'party'])
  },
  listChanged: async ({ peer, at, hear }) => {
    const isListed = async () => {
      const { tools } = await peer.client.listTools()
      return tools.some(({ name }) => name === at('test_changing_tool'))
    }
    const before = await isListed()
    const following = await peer.follow()
    await peer.call(at('test_trigger_tool_change'))
    await hear(/^tools changed/)
    // It may have heard of another client's change: two of them are none.
    await until(async () => (await isListed()) !== before, 'the list changes')
    await following.end()
  },
  sampling: async ({ peer, at, hear }) => {
    const answer = await peer.call(at('test_sampling'), { prompt: 'say so' })
    await hear(/^sampling .*say so/)
    assert.match(textOf(answer), /a sampled answer/)
  },
  elicitation: async ({ peer, at, hear }) => {
    const answer = await peer.call(at('test_elicitation'), { message: 'who?' })
    await hear(/^elicitation .*who\?/)
    assert.match(textOf(answer), /Ada/)
  },
  roots: async ({ peer, at }) => {
    const answer = await peer.call(at('test_input_required_result_list_roots'))
    assert(textOf(answer).includes(encodeURI(peer.root)), textOf(answer))
  },
}

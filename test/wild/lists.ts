// What servers list and no client should be shown, or not so: one server's
// oddity costs the others nothing, and is named.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lock } from '../../src/contract/lock.ts'
import { runHere } from '../harness/gateway.ts'
import {
  GOOD,
  KINDS,
  lists,
  OBJECT,
  problemsOf,
  tool,
  wantNames,
} from '../harness/odd/listed.ts'
import type { OddServer, WildCase, World } from './case.ts'

/** Tools that no client is shown, by what is wrong with them. */
const HIDDEN: Readonly<Record<string, object>> = {
  schema_empty: tool('schema_empty', { inputSchema: {} }),
  schema_of_strings: tool('schema_of_strings', {
    inputSchema: { type: 'string' },
  }),
  schema_absent: { name: 'schema_absent' },
  description_5: tool('description_5', { description: 5 }),
  hint_text: tool('hint_text', { annotations: { readOnlyHint: 'true' } }),
  icons_text: tool('icons_text', { icons: 'x.png' }),
  icon_null: tool('icon_null', { icons: [null] }),
  icon_nameless: tool('icon_nameless', { icons: [{ mimeType: 'image/png' }] }),
  meta_list: tool('meta_list', { _meta: [] }),
  title_object: tool('title_object', { title: {} }),
  output_5: tool('output_5', { outputSchema: 5 }),
}

/** Tools that all clients are shown, without what they could not read. */
const MENDED: Readonly<Record<string, object>> = {
  output_null: tool('output_null', { outputSchema: null }),
  output_of_list: tool('output_of_list', { outputSchema: { type: 'array' } }),
  output_ref: tool('output_ref', {
    outputSchema: { ...OBJECT, properties: { a: { $ref: '#/$defs/none' } } },
  }),
  output_pattern: tool('output_pattern', {
    outputSchema: { ...OBJECT, properties: { a: { pattern: '(' } } },
  }),
  all_null: tool('all_null', {
    title: null,
    description: null,
    annotations: null,
    icons: null,
    _meta: null,
    execution: null,
  }),
  hint_null: tool('hint_null', {
    annotations: { title: null, readOnlyHint: true },
  }),
  properties_null: tool('properties_null', {
    inputSchema: { ...OBJECT, properties: null, required: null },
  }),
  property_true: tool('property_true', {
    inputSchema: { ...OBJECT, properties: { a: true, b: null } },
  }),
  task_odd: tool('task_odd', { execution: { taskSupport: 'maybe' } }),
}

const oddTools = (server: Partial<OddServer>): WildCase['servers'] => ({
  a: {
    ...server,
    tools: [...Object.values(HIDDEN), ...Object.values(MENDED), tool('fine')],
  },
  b: GOOD,
})

const expectTools = async (world: World) => {
  const there = [
    'b__echo',
    'a__fine',
    ...Object.keys(MENDED).map((n) => `a__${n}`),
  ]
  await wantNames(
    world,
    there,
    Object.keys(HIDDEN).map((n) => `a__${n}`),
  )
  const problems = await problemsOf(world, 'a')
  for (const name of [...Object.keys(HIDDEN), 'output_ref', 'title']) {
    world.want(problems.includes(name), `${name} is named`)
  }
  await world.until(
    () => world.log().some(({ msg }) => /schema_empty/.test(String(msg))),
    'the log names them',
  )
}

const RESOURCES = {
  resources: [
    { uri: 'r://fine', name: 'fine' },
    {
      uri: 'r://nulls',
      name: 'nulls',
      mimeType: null,
      size: null,
      annotations: null,
    },
    {
      uri: 'r://vague',
      name: 'vague',
      annotations: { lastModified: 'monday' },
    },
    { uri: 'r://nameless' },
    { uri: 'r://sized', name: 'sized', size: 'big' },
    { uri: 'not a uri', name: 'no uri' },
    { uri: 'r://loud', name: 'loud', annotations: { priority: 7 } },
    { uri: 5, name: 'five' },
  ],
}

const TEMPLATES = {
  resourceTemplates: [
    { uriTemplate: 't://{x}', name: 'fine', title: null },
    { uriTemplate: 't://nameless/{x}' },
    { name: 'no template' },
  ],
}

const PROMPTS = {
  prompts: [
    { name: 'fine', arguments: null },
    { name: 'nameless', arguments: [{ description: 'of what?' }] },
    { name: 'odd', arguments: {} },
    { name: 'required', arguments: [{ name: 'a', required: 'yes' }] },
    { title: 'nobody' },
  ],
}

/** What `gateway lock` makes of the servers of a case. */
async function runLock({ folder }: World) {
  const ran = await runHere(['lock', '--cwd', folder])
  const file = join(folder, 'gateway.lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock
  return { ...ran, lock }
}

export const CASES: readonly WildCase[] = [
  {
    id: 'W1 odd tools of a server of sessions beside a good one',
    servers: oddTools({}),
    expect: expectTools,
  },
  {
    id: 'W1 odd tools of a program beside a good server',
    servers: oddTools({ transport: 'stdio' }),
    expect: expectTools,
  },
  {
    id: 'W1 odd tools of a stateless server beside a good one',
    servers: oddTools({ era: 'modern' }),
    expect: expectTools,
  },
  {
    id: 'W1 odd resources, templates and prompts beside good ones',
    servers: {
      a: lists({
        'resources/list': RESOURCES,
        'resources/templates/list': TEMPLATES,
        'prompts/list': PROMPTS,
      }),
      b: GOOD,
    },
    expect: async (world) => {
      for (const kind of KINDS) {
        const { client } = await world.connect(kind)
        const all = client as unknown as {
          listResources(): Promise<{ resources: { uri: string }[] }>
          listResourceTemplates(): Promise<{ resourceTemplates: unknown[] }>
          listPrompts(): Promise<{ prompts: { name: string }[] }>
        }
        const { resources } = await all.listResources()
        const uris = resources.map(({ uri }) => uri).join()
        world.want(uris === 'r://fine,r://nulls,r://vague', `${kind} ${uris}`)
        const { resourceTemplates } = await all.listResourceTemplates()
        world.want(resourceTemplates.length === 1, `${kind} one template`)
        const { prompts } = await all.listPrompts()
        const names = prompts.map(({ name }) => name).join()
        world.want(names === 'a__fine', `${kind} ${names}`)
      }
      const problems = await problemsOf(world, 'a')
      for (const name of [
        'r://nameless',
        'not a uri',
        'required',
        'number 5',
      ]) {
        world.want(problems.includes(name), `${name} is named`)
      }
    },
  },
  ...[
    { capabilities: null, serverInfo: null, instructions: 5 },
    { capabilities: { tools: null, logging: null }, serverInfo: [] },
    {
      capabilities: {
        tools: true,
        experimental: { x: null },
        extensions: { y: null },
        completions: null,
      },
      serverInfo: { name: 5 },
    },
  ].map(
    (result, index): WildCase => ({
      id: `W1 a greeting whose parts are odd, ${index + 1}`,
      servers: {
        a: lists({ initialize: { protocolVersion: '2025-11-25', ...result } }),
        b: GOOD,
      },
      expect: (world) => wantNames(world, ['a__echo', 'b__echo']),
    }),
  ),
  ...Object.entries({
    'an error that says so': { error: { code: -32601, message: 'no' } },
    null: { result: null },
    'an empty result': { result: {} },
    'a list of null': { result: { prompts: null } },
  }).map(
    ([what, reply]): WildCase => ({
      id: `W2 a declared list that is ${what}`,
      servers: { a: { answers: { 'prompts/list': reply } }, b: GOOD },
      expect: async (world) => {
        await wantNames(world, ['a__echo', 'b__echo'])
        const { stdout, code } = await runLock(world)
        world.want(code === 0 && /a\/echo|server a/.test(stdout), stdout)
      },
    }),
  ),
  {
    id: 'W2 one bad and one doubled tool beside good ones are locked without',
    servers: {
      a: { tools: [tool('x'), tool('x', { title: '2' }), { name: 'bad' }] },
    },
    expect: async (world) => {
      const { code, stderr, lock } = await runLock(world)
      world.want(code === 0, 'it is locked')
      world.want(/`x`: listed twice/.test(stderr), 'the doubled one is named')
      world.want(/`bad` is hidden/.test(stderr), 'the bad one is named')
      world.want(lock.servers.a?.tools.length === 1, 'the good one is locked')
    },
  },
  ...Object.entries({
    'that never changes': () => 'same',
    'that goes round': (count: number) => `c${count % 3}`,
    'that is ever new': (count: number) => `c${count}`,
    'that is a number': () => 5,
    'that is null': () => null,
    'that is empty': () => '',
  }).map(
    ([what, next]): WildCase => ({
      id: `W12 a cursor ${what}`,
      servers: {
        a: {
          answers: {
            'tools/list': (_, count) => ({
              result: {
                tools: [tool('x'), tool('y')],
                nextCursor: next(count),
              },
            }),
          },
        },
        b: GOOD,
      },
      expect: async (world) => {
        await wantNames(world, ['a__x', 'a__y', 'b__echo'])
        const asked = world.servers.a?.requests.filter(
          ({ method }) => method === 'tools/list',
        ).length
        world.want((asked ?? 0) <= 2, `asked ${asked} times`)
        const named = await problemsOf(world, 'a')
        const silent = ['that is null', 'that is empty'].includes(what)
        world.want(silent || named.includes('it is read up to'), 'it is named')
      },
    }),
  ),
  {
    id: 'W12 pages, one of them empty, are all read',
    servers: {
      a: {
        answers: {
          'tools/list': ({ params }) => {
            const page = Number(params?.cursor ?? 0)
            const tools = page === 1 ? [] : [tool(`t${page}`)]
            const more = page < 3 && { nextCursor: String(page + 1) }
            return { result: { tools, ...more } }
          },
        },
      },
    },
    expect: async (world) => {
      await wantNames(world, ['a__t0', 'a__t2', 'a__t3'])
      world.want((await problemsOf(world, 'a')) === '', 'nothing is odd')
    },
  },
]

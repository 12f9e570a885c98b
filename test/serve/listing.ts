// Lists under trouble: what one server gets wrong costs that list alone, and
// everybody who should know hears of it.
// Covers src/runtime/catalog.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as Sdk1 from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js'
import t from 'tap'
import type { Era } from '../../src/runtime/message/methods.ts'
import { splice } from '../../src/runtime/message/splice.ts'
import { fitDefinition } from '../../src/runtime/upstream/fit.ts'
import type { ListKey } from '../../src/runtime/upstream/shapes.ts'
import { runHere } from '../harness/gateway.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

const SERVER = join(import.meta.dirname, '../harness/offering-server.js')

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } })

t.test('garbage in one list', async (t) => {
  const ada = issue({ subject: 'ada', roles: ['all'] })
  const stdio = (file: string) => ({
    type: 'stdio',
    command: process.execPath,
    args: [SERVER, file],
  })
  const servers = { good: stdio('good.json'), odd: stdio('odd.json') }
  const allow = {
    good: ['*', { prompt: '*' }],
    odd: ['*', { prompt: '*' }],
  }
  const odd = { tools: [tool('a'), { name: 'no-schema' }], prompts: 'none' }
  const { gateway, folder, records } = await serveConfig(
    t,
    { servers, roles: { all: { allow } } },
    [ada],
    undefined,
    {
      'good.json': JSON.stringify({
        tools: [tool('b')],
        prompts: [{ name: 'p' }],
      }),
      'odd.json': JSON.stringify(odd),
    },
  )
  const list = async (method: string) =>
    (await post(gateway.url, ada.token, method)).body
  t.match(await list('tools/list'), /good__b.*odd__a/)
  t.notMatch(await list('tools/list'), 'no-schema')
  t.match(await list('prompts/list'), 'good__p')
  const { problems = [], state } =
    gateway.status().servers.find(({ name }) => name === 'odd') ?? {}
  t.equal(state, 'up')
  t.match(problems.join('\n'), /prompts\/list: prompts\/list answered no list/)
  t.match(
    problems.join('\n'),
    /tools\/list: `no-schema` is hidden: `inputSchema` is missing/,
  )
  await until(() => records().some(({ notice }) => notice === 'listing'))

  const lock = await runHere(['lock', 'odd', '--cwd', folder])
  t.equal(lock.code, 1, 'half an offer is not locked')
  t.match(lock.stderr, /odd: does not speak MCP: /)

  const file = join(folder, 'odd.json')
  const mended = { ...odd, prompts: [{ name: 'q' }] }
  writeFileSync(file, JSON.stringify(mended))
  await until(async () => /odd__q/.test(await list('prompts/list')), 'mended')
  writeFileSync(file, JSON.stringify(odd))
  await until(() => {
    const [one] = gateway.status().servers.filter(({ name }) => name === 'odd')
    return (one?.problems.length ?? 0) === 2
  }, 'broken again')
  t.match(await list('prompts/list'), 'odd__q', 'what was listed last stays')
})

/** A definition of the SDKs' own, and what may be put in place of its parts. */
const WHOLE = {
  name: 'whole',
  title: 'Whole',
  description: 'All members.',
  icons: [{ src: 'https://a.b/c', mimeType: 'd', sizes: ['e'], theme: 'dark' }],
  inputSchema: {
    $schema: 's',
    type: 'object',
    properties: { a: { type: 'string' }, b: {} },
    required: ['a'],
  },
  outputSchema: {
    $id: 'urn:x',
    type: 'object',
    properties: {
      a: { $ref: '#/$defs/d' },
      b: { type: ['string', 'null'], pattern: '^a$', nullable: true },
      c: { items: { enum: [1] }, additionalProperties: false },
    },
    patternProperties: { '^x': { anyOf: [{ minimum: 1 }, true] } },
    required: ['a'],
    $defs: { d: { type: 'object', not: { const: 1 } } },
  },
  annotations: { title: 'x', readOnlyHint: true, priority: 0.5 },
  execution: { taskSupport: 'optional' },
  arguments: [{ name: 'a', title: 'A', description: 'd', required: true }],
  uri: 'note://one',
  uriTemplate: 'note://{id}',
  mimeType: 'text/plain',
  size: 5,
  _meta: { a: 1 },
}

const ODD = [
  null,
  true,
  5,
  1.5,
  '',
  'odd',
  '(',
  [],
  [null],
  {},
  { a: null },
  '2026-02-30T00:00:00Z',
  '#/none',
]

/** Every way that leads to a part of it. */
function listPaths(value: unknown, path: readonly string[]): string[][] {
  const parts = Object.entries(Object(value) as object)
  const deeper = typeof value === 'string' ? [] : parts
  return [
    [...path],
    ...deeper.flatMap(([key, one]) => listPaths(one, [...path, key])),
  ]
}

function put(value: unknown, path: readonly string[], odd: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return odd
  const copy = Array.isArray(value) ? [...value] : { ...Object(value) }
  copy[key as never] = put(Object(value)[key], rest, odd) as never
  return copy
}

const LISTS = {
  tools: Sdk1.ListToolsResultSchema,
  prompts: Sdk1.ListPromptsResultSchema,
  resources: Sdk1.ListResourcesResultSchema,
  templates: Sdk1.ListResourceTemplatesResultSchema,
} as const

t.test('W1 clients get what the SDKs accept', (t) => {
  const paths = listPaths(WHOLE, []).filter(({ length }) => length > 0)
  const found = { hidden: 0, mended: 0, wrong: new Set<string>() }
  const judge = (list: ListKey, text: string, era: Era, asTask: boolean) => {
    const bytes = Buffer.from(text)
    const fit = fitDefinition(bytes, list, era, asTask)
    if ('fault' in fit) return void found.hidden++
    if (fit.changes.length > 0) found.mended++
    const left = JSON.parse(splice(bytes, fit.edits).toString())
    if (era === 'modern') return
    try {
      const member = list === 'templates' ? 'resourceTemplates' : list
      LISTS[list].parse({ [member]: [left] })
      const { outputSchema } = list === 'tools' ? left : {}
      // As its client does with each of them.
      if (outputSchema) new AjvJsonSchemaValidator().getValidator(outputSchema)
    } catch (error) {
      found.wrong.add(`${String(error).slice(0, 300)}: ${list} ${text}`)
    }
  }
  for (const list of Object.keys(LISTS) as ListKey[]) {
    for (const path of paths) {
      for (const odd of [...ODD, undefined]) {
        const text = JSON.stringify(put(WHOLE, path, odd))
        judge(list, text, 'legacy', true)
        judge(list, text, 'legacy', false)
        judge(list, text, 'modern', false)
      }
    }
  }
  t.strictSame([...found.wrong].slice(0, 3), [])
  t.ok(found.hidden > 1_000 && found.mended > 300)
  const whole = Buffer.from(JSON.stringify(WHOLE))
  for (const list of Object.keys(LISTS) as ListKey[]) {
    t.match(fitDefinition(whole, list, 'legacy', true), { edits: Array })
  }
  t.end()
})

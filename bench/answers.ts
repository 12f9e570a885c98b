// What the bench's own servers answer with, over HTTP and over stdio.
// In: an era, a message. Out: texts, most of them prepared.
// INVARIANT: an answer has the id of its call, and a note the token of its call.

import { type Era, SHAPES, type Shape } from './cases.ts'

const MODERN = 'io.modelcontextprotocol/'
const VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' } as const
const LASTING = { ttlMs: 3_600_000, cacheScope: 'public' }

const makeTool = (name: string) => ({
  name,
  description: `Takes a text: ${name}.`,
  inputSchema: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
  },
})

const OWN = Object.keys(SHAPES).map(makeTool)

/** Tools that differ in their names alone. */
export function makeTools(count: number): readonly object[] {
  return Array.from({ length: count }, (_, at) => makeTool(`tool_${at}`))
}

/** What is larger is written as it is. */
const LARGE = 4_096

export const START = '{"jsonrpc":"2.0","id":'

/** Of a tool: what stands behind the id of its answer, and its shape. */
export interface Prepared extends Shape {
  readonly tail: string | Buffer
}

const prepared: Readonly<Record<Era, ReadonlyMap<string, Prepared>>> = {
  legacy: prepare('legacy'),
  modern: prepare('modern'),
}

function prepare(era: Era): ReadonlyMap<string, Prepared> {
  const more = era === 'modern' ? ',"resultType":"complete"' : ''
  return new Map(
    Object.entries(SHAPES).map(([name, shape]) => {
      const { bytes } = shape
      const content = `[{"type":"text","text":"${'x'.repeat(bytes)}"}]`
      const text = `,"result":{"content":${content}${more}}}`
      const tail = bytes < LARGE ? text : Buffer.from(text)
      return [name, { ...shape, tail }]
    }),
  )
}

/** A tool with a number answers as the smallest does. */
export function findAnswer(era: Era, tool: string): Prepared | undefined {
  const own = tool.startsWith('tool_') ? 'small' : tool
  return prepared[era].get(own)
}

const NOTE = '{"jsonrpc":"2.0","method":"notifications/progress","params":'

/** A progress notification; `token` is written as it was read. */
export function writeNote(token: string, at: number): string {
  return `${NOTE}{"progressToken":${token},"progress":${at},"total":10}}`
}

/** What a gateway asks before the first call; without a result: an error. */
export function answerOther(
  era: Era,
  id: string,
  method: string | undefined,
  tools: readonly object[] = OWN,
): { readonly text: string; readonly isError: boolean } {
  const result = makeResult(era, method, tools)
  const error = { code: -32601, message: 'Method not found' }
  const said = result ? { result } : { error }
  const text = JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(id), ...said })
  return { text, isError: !result }
}

function makeResult(
  era: Era,
  method: string | undefined,
  tools: readonly object[],
): object | undefined {
  const serverInfo = { name: 'bench-upstream', version: '1.0.0' }
  const capabilities = { tools: {} }
  const isModern = era === 'modern'
  const complete = isModern ? { resultType: 'complete', ...LASTING } : {}
  if (method === 'tools/list') return { tools, ...complete }
  if (method === 'ping' && !isModern) return {}
  if (method === 'initialize' && !isModern) {
    return { protocolVersion: VERSIONS.legacy, capabilities, serverInfo }
  }
  if (method !== 'server/discover' || !isModern) return undefined
  return {
    ...complete,
    supportedVersions: [VERSIONS.modern],
    capabilities,
    _meta: { [`${MODERN}serverInfo`]: serverInfo },
  }
}

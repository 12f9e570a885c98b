// What one server offers: its definitions, as the bytes it sent.
// In: an open session. Out: a Catalogue.
// INVARIANT: pages and definitions are bounded; a definition that no client
// could read is left out and spoils none of the others.

import {
  findNode,
  type Message,
  readMessage,
  readString,
} from '../edge/message.ts'
import type { Node } from '../edge/node.ts'
import type { Failure } from './failure.ts'
import type { Greeting, Session } from './session.ts'

/** One tool, prompt, resource or template. */
export interface Definition {
  /** Upstream name, URI or URI template. */
  readonly name: string
  readonly bytes: Buffer
  /** Where the name's JSON string stands in `bytes`. */
  readonly nameStart: number
  readonly nameEnd: number
}

export interface Catalogue {
  readonly greeting: Greeting
  readonly lists: {
    readonly tools: readonly Definition[]
    readonly prompts: readonly Definition[]
    readonly resources: readonly Definition[]
    readonly templates: readonly Definition[]
  }
}

interface Source {
  readonly method: string
  readonly capability: string
  readonly member: string
  readonly name: string
}

const SOURCES: Readonly<Record<keyof Catalogue['lists'], Source>> = {
  tools: {
    method: 'tools/list',
    capability: 'tools',
    member: 'tools',
    name: 'name',
  },
  prompts: {
    method: 'prompts/list',
    capability: 'prompts',
    member: 'prompts',
    name: 'name',
  },
  resources: {
    method: 'resources/list',
    capability: 'resources',
    member: 'resources',
    name: 'uri',
  },
  templates: {
    method: 'resources/templates/list',
    capability: 'resources',
    member: 'resourceTemplates',
    name: 'uriTemplate',
  },
}

const MOST_PAGES = 100
const MOST_DEFINITIONS = 10_000
const MOST_BYTES_EACH = 256 * 1024
const MOST_BYTES = 16 * 1024 * 1024

/** Message, result, list, definition: the levels that offsets are needed of. */
const KEEP = 4

/** Lists everything that the server said it has; rejects with a Failure. */
export async function readCatalogue(
  session: Session,
  greeting: Greeting,
  depth: number,
): Promise<Catalogue> {
  const read = (list: keyof Catalogue['lists']) =>
    readList(session, greeting, SOURCES[list], depth)
  return {
    greeting,
    lists: {
      tools: await read('tools'),
      prompts: await read('prompts'),
      resources: await read('resources'),
      templates: await read('templates'),
    },
  }
}

async function readList(
  session: Session,
  greeting: Greeting,
  source: Source,
  depth: number,
): Promise<readonly Definition[]> {
  if (!Object.hasOwn(greeting.capabilities, source.capability)) return []
  const definitions = new Map<string, Definition>()
  let bytes = 0
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor }
    const answer = await session.request(source.method, params)
    for (const definition of readPage(answer, source, depth)) {
      if (definitions.size >= MOST_DEFINITIONS) break
      if (definitions.has(definition.name)) continue
      bytes += definition.bytes.length
      if (bytes > MOST_BYTES) return [...definitions.values()]
      definitions.set(definition.name, definition)
    }
    cursor = readString(answer.bytes, findNode(answer.result, 'nextCursor'))
    if (cursor === undefined) break
  }
  return [...definitions.values()]
}

function readPage(
  answer: Message,
  source: Source,
  depth: number,
): readonly Definition[] {
  const message = readMessage(answer.bytes, depth, KEEP)
  const list =
    'problem' in message ? undefined : findNode(message.result, source.member)
  if (list?.type !== 'array') {
    const detail = `${source.method} answered no list`
    throw { kind: 'garbage', detail } satisfies Failure
  }
  return (list.items ?? []).flatMap((node) => {
    const definition = readDefinition(answer.bytes, node, source)
    return definition ? [definition] : []
  })
}

function readDefinition(
  bytes: Buffer,
  node: Node,
  source: Source,
): Definition | undefined {
  const at = findNode(node, source.name)
  const name = readString(bytes, at)
  if (!at || name === undefined || name === '') return undefined
  if (node.end - node.start > MOST_BYTES_EACH) return undefined
  // A tool without an input schema makes typed clients refuse the whole list.
  const schema = findNode(node, 'inputSchema')
  if (source.member === 'tools' && schema?.type !== 'object') return undefined
  return {
    name,
    bytes: Buffer.from(bytes.subarray(node.start, node.end)),
    nameStart: at.start - node.start,
    nameEnd: at.end - node.start,
  }
}

// What one server offers: its definitions, as the bytes it sent.
// In: an open session. Out: a Catalogue.
// INVARIANT: pages and definitions are bounded; a definition that no client
// could read is left out and spoils none of the others.

import { canonicalize, sha256Hex } from '../../table/digest.ts'
import {
  findNode,
  type Message,
  readMessage,
  readString,
} from '../edge/message.ts'
import type { Node } from '../edge/node.ts'
import { withDeadline } from './deadline.ts'
import { type Definition, once, readTool } from './definition.ts'
import type { Failure } from './failure.ts'
import type { Greeting } from './greeting.ts'
import type { Session } from './session.ts'

export interface Catalogue {
  readonly greeting: Greeting
  readonly lists: {
    readonly tools: readonly Definition[]
    readonly prompts: readonly Definition[]
    readonly resources: readonly Definition[]
    readonly templates: readonly Definition[]
  }
  /** What went wrong with single lists. */
  readonly problems: readonly string[]
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

/** Lists everything that the server said it has. One list's failure is its own:
 * what stood there `before` stays. Rejects with a Failure when the server itself
 * is lost. */
export async function readCatalogue(
  session: Session,
  greeting: Greeting,
  depth: number,
  before?: Catalogue,
): Promise<Catalogue> {
  const problems: string[] = []
  const read = async (list: ListKey) => {
    const { method } = SOURCES[list]
    const say = (detail: string) => problems.push(`${method}: ${detail}`)
    try {
      const reading = readList(session, greeting, SOURCES[list], depth, say)
      return await withDeadline(reading, LIST_MS, 'it took too long')
    } catch (thrown) {
      const { kind, detail } = thrown as Failure
      if (session.over || (kind !== 'garbage' && kind !== 'timeout')) {
        throw thrown
      }
      say(detail)
      return before?.lists[list] ?? []
    }
  }
  const [tools, prompts, resources, templates] = await Promise.all([
    read('tools'),
    read('prompts'),
    read('resources'),
    read('templates'),
  ])
  return { greeting, lists: { tools, prompts, resources, templates }, problems }
}

type ListKey = keyof Catalogue['lists']

/** A server that takes longer for one list has none. */
const LIST_MS = 30_000

async function readList(
  session: Session,
  greeting: Greeting,
  source: Source,
  depth: number,
  say: (problem: string) => void,
): Promise<readonly Definition[]> {
  if (!Object.hasOwn(greeting.capabilities, source.capability)) return []
  const definitions = new Map<string, Definition>()
  let bytes = 0
  let odd = 0
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor }
    const answer = await session.request(source.method, params)
    for (const definition of readPage(answer, source, depth)) {
      // Who cannot mirror its arguments must not call it (2026-07-28).
      const spoilt = session.mirrors && definition?.params() === undefined
      if (!definition || spoilt || definitions.has(definition.name)) {
        odd++
        continue
      }
      bytes += definition.bytes.length
      if (bytes > MOST_BYTES || definitions.size >= MOST_DEFINITIONS) {
        say(`only the first ${definitions.size} are taken`)
        return [...definitions.values()]
      }
      definitions.set(definition.name, definition)
    }
    cursor = readString(answer.bytes, findNode(answer.result, 'nextCursor'))
    if (cursor === undefined) break
    if (page === MOST_PAGES - 1) say(`only ${MOST_PAGES} pages are read`)
  }
  if (odd > 0) say(`${odd} of its definitions are none, or stand there twice`)
  return [...definitions.values()]
}

function readPage(
  answer: Message,
  source: Source,
  depth: number,
): readonly (Definition | undefined)[] {
  const message = readMessage(answer.bytes, depth, KEEP)
  const list =
    'problem' in message ? undefined : findNode(message.result, source.member)
  if (list?.type !== 'array') {
    const detail = `${source.method} answered no list`
    throw { kind: 'garbage', detail } satisfies Failure
  }
  const { items = [] } = list
  return items.map((node) => readDefinition(answer.bytes, node, source))
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
  const own = Buffer.from(bytes.subarray(node.start, node.end))
  return {
    name,
    bytes: own,
    nameStart: at.start - node.start,
    nameEnd: at.end - node.start,
    digest: once(() => sha256Hex(canonicalize(JSON.parse(own.toString())))),
    ...readTool(own),
  }
}

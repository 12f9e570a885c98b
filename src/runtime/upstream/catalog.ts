// Reads the catalog of one server: its definitions, as the bytes it sent.
// INVARIANT: pages and definitions are bounded; a definition that no client
// could read is left out and named, and does not affect others.

import {
  findNode,
  isNull,
  type Message,
  readMessage,
  readNumber,
  readString,
} from '../message/message.ts'
import { CODE } from '../message/methods.ts'
import { describeRefusal } from '../message/refusal.ts'
import type { Node } from '../message/scan.ts'
import { withDeadline } from './deadline.ts'
import { type Definition, makeDefinition } from './definition.ts'
import type { Failure } from './failure.ts'
import { type Handshake, servesTasks } from './handshake.ts'
import { Oddities } from './oddities.ts'
import type { Session } from './session.ts'
import type { ListKey } from './shapes.ts'

export interface Catalog {
  readonly handshake: Handshake
  readonly lists: Readonly<Record<ListKey, readonly Definition[]>>
  /** Lists that could not be read, and why; their old definitions are kept. */
  readonly failures: readonly string[]
  /** Definitions that are left out, and why. */
  readonly oddities: readonly string[]
  /** Milliseconds for which the server says its lists are valid. */
  readonly ttl: number | undefined
}

/** All problems, for operators. */
export function listProblems({
  failures,
  oddities,
}: Catalog): readonly string[] {
  return [...failures, ...oddities]
}

/** Whether two catalogs are equal. */
export function isSameCatalog(a: Catalog, b: Catalog): boolean {
  const keys = Object.keys(SOURCES) as readonly ListKey[]
  return (
    isSameText(listProblems(a), listProblems(b)) &&
    keys.every((key) => isSameList(a.lists[key], b.lists[key]))
  )
}

function isSameText(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index])
}

function isSameList(
  a: readonly Definition[],
  b: readonly Definition[],
): boolean {
  if (a.length !== b.length) return false
  return a.every(({ bytes }, index) => b[index]?.bytes.equals(bytes))
}

interface Source {
  readonly method: string
  readonly capability: string
  readonly member: string
  readonly name: string
}

const SOURCES: Readonly<Record<ListKey, Source>> = {
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

const MAX_PAGES = 100
const MAX_DEFINITIONS = 10_000
const MAX_BYTES_EACH = 256 * 1024
const MAX_BYTES = 16 * 1024 * 1024

/** Most empty pages in a row. */
const MAX_EMPTY = 10

/** Levels with offsets: message, result, list, definition. */
const KEEP = 4

/** The time limit for one list. */
const LIST_MS = 30_000

/** Reads all declared lists. If one cannot be read, its definitions of `before`
 * stay. Rejects with a Failure if the server is lost. */
export async function readCatalog(
  session: Session,
  handshake: Handshake,
  depth: number,
  before?: Catalog,
): Promise<Catalog> {
  const failures: string[] = []
  const oddities: string[] = []
  const ttls: number[] = []
  const read = async (list: ListKey) => {
    const reader = new ListReader(session, handshake, list, depth)
    const { method } = SOURCES[list]
    try {
      if (!isOffered(handshake, list)) return []
      await withDeadline(reader.read(), LIST_MS, 'it took too long')
    } catch (thrown) {
      const { kind, detail, code } = thrown as Failure
      if (session.over || (kind !== 'garbage' && kind !== 'timeout')) {
        throw thrown
      }
      const declared = Object.hasOwn(handshake.capabilities, 'tools')
      // Some servers declare lists that they do not have. If none is declared,
      // tools/list is only a try.
      if (code === CODE.unknownMethod || (list === 'tools' && !declared)) {
        if (declared) oddities.push(`${method}: not served: taken as empty`)
        return []
      }
      failures.push(`${method}: ${detail}`)
      return before?.lists[list] ?? []
    }
    oddities.push(...reader.odd.list(method))
    if (reader.ttl !== undefined) ttls.push(reader.ttl)
    return [...reader.definitions.values()]
  }
  const [tools, prompts, resources, templates] = await Promise.all([
    read('tools'),
    read('prompts'),
    read('resources'),
    read('templates'),
  ])
  return {
    handshake,
    lists: { tools, prompts, resources, templates },
    failures,
    oddities,
    ttl: ttls.length > 0 ? Math.min(...ttls) : undefined,
  }
}

/** A server that declares no list is asked for its tools anyway. */
function isOffered({ capabilities }: Handshake, list: ListKey): boolean {
  if (Object.hasOwn(capabilities, SOURCES[list].capability)) return true
  const declares = ['tools', 'prompts', 'resources'].some((one) =>
    Object.hasOwn(capabilities, one),
  )
  return list === 'tools' && !declares
}

/** Definitions that are read in one turn of the event loop. */
const AT_ONCE = 200

class ListReader {
  readonly definitions = new Map<string, Definition>()
  readonly odd: Oddities
  ttl: number | undefined
  readonly #session: Session
  readonly #handshake: Handshake
  readonly #list: ListKey
  readonly #source: Source
  readonly #depth: number
  #bytes = 0
  #read = 0

  constructor(
    session: Session,
    handshake: Handshake,
    list: ListKey,
    depth: number,
  ) {
    this.#session = session
    this.odd = new Oddities((text, most) => session.tell(text, most))
    this.#handshake = handshake
    this.#list = list
    this.#source = SOURCES[list]
    this.#depth = depth
  }

  /** Rejects with a Failure. */
  async read(): Promise<void> {
    const cursors = new Set<string>()
    let cursor: string | undefined
    let empty = 0
    for (let page = 1; page <= MAX_PAGES; page++) {
      const params = cursor === undefined ? {} : { cursor }
      const { method } = this.#source
      const answer = await this.#session.request(method, params, LIST_MS)
      const items = readItems(answer, this.#source, this.#depth)
      const known = this.definitions.size
      const repeats = await this.#take(answer.bytes, items)
      this.#readTtl(answer)
      cursor = this.#readCursor(answer)
      empty = items.length === 0 ? empty + 1 : 0
      const isNew = this.definitions.size > known || items.length === 0
      if (isNew || cursor === undefined) this.odd.addDuplicates(repeats)
      if (cursor === undefined || this.#isFull) break
      if (cursors.has(cursor) || !isNew || empty > MAX_EMPTY) {
        this.odd.addLine(`its pages repeat: it is read up to page ${page}`)
        break
      }
      cursors.add(cursor)
      if (page === MAX_PAGES) this.odd.addLine(`only ${page} pages are read`)
    }
  }

  /** Adds definitions; returns names that are duplicates. */
  async #take(
    bytes: Buffer,
    items: readonly Node[],
  ): Promise<readonly string[]> {
    const repeats: string[] = []
    for (const node of items) {
      if (++this.#read % AT_ONCE === 0) await new Promise(setImmediate)
      const definition = this.#define(bytes, node)
      if (!definition) continue
      const { name } = definition
      if (this.definitions.has(name)) {
        repeats.push(name)
        continue
      }
      this.#bytes += definition.bytes.length
      if (this.#isFull) {
        this.odd.addLine(`only the first ${this.definitions.size} are read`)
        break
      }
      if (this.#judge(definition)) this.definitions.set(name, definition)
    }
    return repeats
  }

  get #isFull(): boolean {
    return this.#bytes > MAX_BYTES || this.definitions.size >= MAX_DEFINITIONS
  }

  #define(bytes: Buffer, node: Node): Definition | undefined {
    const { name: key } = this.#source
    const at = findNode(node, key)
    const name = readString(bytes, at)
    if (!at || name === undefined || name === '') {
      this.odd.hide(`number ${this.#read}`, `\`${key}\` is not a string`)
      return undefined
    }
    if (node.end - node.start > MAX_BYTES_EACH) {
      this.odd.hide(name, `it has more than ${MAX_BYTES_EACH} bytes`)
      return undefined
    }
    return makeDefinition(this.#list, {
      name,
      bytes: Buffer.from(bytes.subarray(node.start, node.end)),
      nameStart: at.start - node.start,
      nameEnd: at.end - node.start,
    })
  }

  /** Whether clients of at least one era can get it. */
  #judge(definition: Definition): boolean {
    const { name } = definition
    // A client must mirror arguments in headers (2026-07-28).
    if (this.#session.mirrors && definition.params() === undefined) {
      this.odd.hide(name, 'its `x-mcp-header` annotations are not valid')
      return false
    }
    const legacy = definition.fit('legacy', servesTasks(this.#handshake))
    const modern = definition.fit('modern', servesTasks(this.#handshake))
    if ('fault' in modern) {
      if ('fault' in legacy) {
        this.odd.hide(name, legacy.fault)
        return false
      }
      this.odd.hide(name, modern.fault, 'modern')
    } else if ('fault' in legacy) this.odd.hide(name, legacy.fault, 'legacy')
    const changes = [legacy, modern].flatMap((fit) =>
      'fault' in fit ? [] : fit.changes,
    )
    this.odd.change(name, changes)
    return true
  }

  /** The shortest `ttlMs` of the pages (2026-07-28). */
  #readTtl({ bytes, result }: Message): void {
    const node = findNode(result, 'ttlMs')
    const ttl = node ? readNumber(bytes, node) : Number.NaN
    if (ttl >= 0) this.ttl = Math.min(ttl, this.ttl ?? ttl)
  }

  #readCursor({ bytes, result }: Message): string | undefined {
    const node = findNode(result, 'nextCursor')
    const cursor = readString(bytes, node)
    if (node && cursor === undefined && !isNull(bytes, node)) {
      this.odd.addLine(
        'its `nextCursor` is not a string: it is read up to there',
      )
    }
    return cursor === '' ? undefined : cursor
  }
}

/** The items of a page. A result without the list is an empty list. */
function readItems(
  answer: Message,
  source: Source,
  depth: number,
): readonly Node[] {
  const message = readMessage(answer.bytes, depth, KEEP)
  if ('refusal' in message) {
    const detail = `${source.method} answered: ${describeRefusal(message)}`
    throw { kind: 'garbage', detail } satisfies Failure
  }
  const { result } = message
  const list = findNode(result, source.member)
  if (list?.type === 'array') return list.items ?? []
  if (result && (!list || isNull(answer.bytes, list))) return []
  const detail = `${source.method} answered no list`
  throw { kind: 'garbage', detail } satisfies Failure
}

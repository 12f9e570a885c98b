// What Node's own parser reads in a stream of requests.
// In: bytes. Out: the requests that it reads whole, and whether it fails.
// INVARIANT: the parser of this process, set as src/runtime/http/http-server.ts
// sets it; nothing of Node's server stands between.

import { createRequire } from 'node:module'

export interface ReadRequest {
  readonly method: string
  readonly url: string
  /** As Node joins them, sorted by name. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

export interface ReadStream {
  readonly requests: readonly ReadRequest[]
  readonly fails: boolean
}

type Callback = (...values: never[]) => unknown

interface Parser {
  initialize(type: number, resource: object, maxHeaderSize: number): void
  execute(bytes: Buffer): number | Error
  [callback: number]: Callback
}

interface Binding {
  readonly HTTPParser: {
    new (): Parser
    readonly REQUEST: number
    readonly kOnHeaders: number
    readonly kOnHeadersComplete: number
    readonly kOnBody: number
    readonly kOnMessageComplete: number
  }
  readonly methods: readonly string[]
}

/** Without types, since it is nobody's to use but Node's. */
const { HTTPParser, methods } = createRequire(import.meta.url)(
  '_http_common',
) as Binding

const MAX_HEAD = 16 * 1024

export function readWithNode(bytes: Buffer): ReadStream {
  const parser = new HTTPParser()
  parser.initialize(HTTPParser.REQUEST, {}, MAX_HEAD)
  const requests: ReadRequest[] = []
  let head: Omit<ReadRequest, 'body'> | undefined
  let early: string[] = []
  let chunks: Buffer[] = []
  parser[HTTPParser.kOnHeaders] = (lines: string[]) => {
    early.push(...lines)
  }
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    lines: string[] | undefined,
    method: number,
    url: string,
  ) => {
    const all = [...early, ...(lines ?? [])]
    early = []
    head = { method: methods[method] ?? '', url, headers: pairUp(all) }
  }
  parser[HTTPParser.kOnBody] = (chunk: Buffer) => {
    chunks.push(Buffer.from(chunk))
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    const body = Buffer.concat(chunks).toString('latin1')
    if (head) requests.push({ ...head, body })
    head = undefined
    chunks = []
  }
  const fails = parser.execute(bytes) instanceof Error
  return { requests, fails }
}

function pairUp(
  lines: readonly string[],
): readonly (readonly [string, string])[] {
  const pairs = new Map<string, string>()
  for (let at = 0; at < lines.length; at += 2) {
    const name = (lines[at] as string).toLowerCase()
    const value = lines[at + 1] as string
    const before = pairs.get(name)
    pairs.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))
}

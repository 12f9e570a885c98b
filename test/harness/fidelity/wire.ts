// A client that sends bytes and keeps bytes, and a knife for them.
// In: a body as it is. Out: the messages of the answer as they came.
// INVARIANT: nothing here parses what it compares; the knife is no code of
// the gateway's, so that one mistake cannot hide another.

import { Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The JSON body, or the data of each event. */
  readonly messages: readonly Buffer[]
}

const agent = new Agent({ keepAlive: true })

export function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal?: AbortSignal,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body)
    const whole = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'content-length': String(bytes.length),
      ...headers,
    }
    const options = { method: 'POST', headers: whole, agent, signal }
    const outgoing = request(url, options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const { statusCode: status = 0, headers } = incoming
        const said = Buffer.concat(chunks)
        const streamed = /event-stream/.test(headers['content-type'] ?? '')
        const messages = streamed ? readEvents(said) : [said]
        resolve({ status, headers, messages })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

/** Latin-1 keeps each byte one character. */
function readEvents(bytes: Buffer): readonly Buffer[] {
  return bytes
    .toString('latin1')
    .split('\n\n')
    .map((event) =>
      event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5))
        .join('\n'),
    )
    .filter((data) => data !== '')
    .map((data) => Buffer.from(data, 'latin1'))
}

export interface Cut {
  readonly start: number
  readonly end: number
}

/** Where the value under each key of an object, or each item of an array,
 * stands in its text; keys as written, quotes included. */
export function dissect(text: string): ReadonlyMap<string, Cut> {
  const parts = new Map<string, Cut>()
  const isArray = text.trimStart().startsWith('[')
  let at = skipSpace(text, 0) + 1
  for (let count = 0; ; count++) {
    at = skipSpace(text, at)
    if (text[at] === '}' || text[at] === ']') return parts
    let key = String(count)
    if (!isArray) {
      const end = endOf(text, at)
      key = text.slice(at, end)
      at = skipSpace(text, skipSpace(text, end) + 1)
    }
    const end = endOf(text, at)
    parts.set(key, { start: at, end })
    at = skipSpace(text, end)
    if (text[at] === ',') at++
  }
}

/** The text under a key of an object. */
export function cut(text: string, ...path: readonly string[]): string {
  let rest = text
  for (const key of path) {
    const found = dissect(rest).get(`"${key}"`)
    if (!found) throw new Error(`no ${key} in ${rest.slice(0, 200)}`)
    rest = rest.slice(found.start, found.end)
  }
  return rest
}

/** The text with another value under a key that it has. */
export function swapMember(text: string, key: string, value: string): string {
  const found = dissect(text).get(`"${key}"`)
  if (!found) throw new Error(`no ${key} in ${text.slice(0, 200)}`)
  return text.slice(0, found.start) + value + text.slice(found.end)
}

/** The texts of an array's items. */
export function cutItems(text: string): readonly string[] {
  return [...dissect(text).values()].map(({ start, end }) =>
    text.slice(start, end),
  )
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (/[ \t\r\n]/.test(text[at] ?? '')) at++
  return at
}

/** Behind the value that begins there. */
function endOf(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string
    if (char === '"') {
      while (text[++at] !== '"') if (text[at] === '\\') at++
      if (depth === 0) return at + 1
    } else if ('{['.includes(char)) depth++
    else if ('}]'.includes(char)) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && /[,\s]/.test(char)) return at
  }
  return text.length
}

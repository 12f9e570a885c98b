// Large values of every shape, and messages of every method that carry one.
// In: a size in bytes. Out: requests as their bodies and headers.

import { ENVELOPE } from '../wire.ts'

/** JSON of about so many bytes. */
type Shape = (bytes: number) => string

const repeat = (unit: string, bytes: number) =>
  unit.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(unit))))

const quote = (text: string) => `"${text}"`

/** Comma-separated items, each made of its place. */
function list(item: (at: number) => string, bytes: number): string {
  const parts: string[] = []
  for (let left = bytes; left > 0; left -= (parts.at(-1)?.length ?? 0) + 1) {
    parts.push(item(parts.length))
  }
  return parts.join(',')
}

const DEEP = `${'['.repeat(50)}${']'.repeat(50)}`

export const SHAPES: Readonly<Record<string, Shape>> = {
  'one word': (bytes) => quote(repeat('a', bytes)),
  // Six bytes each in a record.
  deletes: (bytes) => quote(repeat('\u007f', bytes)),
  'line separators': (bytes) => quote(repeat('\u2028', bytes)),
  'escaped nothings': (bytes) => quote(repeat('\\u0000', bytes)),
  halves: (bytes) => quote(repeat('\\ud83d', bytes)),
  'signs of four bytes': (bytes) => quote(repeat('\u{1f600}', bytes)),
  quotes: (bytes) => quote(repeat('\\"', bytes)),
  deep: (bytes) => `[${list(() => DEEP, bytes)}]`,
  'too deep': (bytes) => repeat('[', bytes / 2) + repeat(']', bytes / 2),
  wide: (bytes) => `{${list((at) => `"k${at}":${at}`, bytes)}}`,
  'few long keys': (bytes) =>
    `{${list((at) => `"${at}${'k'.repeat(bytes / 5)}":0`, bytes)}}`,
  'keys but for case': (bytes) =>
    `{${list((at) => `"na\u017fe${at}":0,"NA\u017fE${at}":0`, bytes)}}`,
  numbers: (bytes) => `[${list(String, bytes)}]`,
  'one number': (bytes) => repeat('7', bytes),
  objects: (bytes) => `[${list((at) => `{"name":"${at}"}`, bytes)}]`,
}

export interface Sent {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  /** Made when it is asked for: all of them would fill the memory. */
  readonly write: () => string
}

const REQUESTS = [
  'initialize',
  'ping',
  'tools/list',
  'resources/templates/list',
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'logging/setLevel',
  'tasks/get',
  'tasks/result',
  'tasks/cancel',
  'tasks/update',
  'server/discover',
  'subscriptions/listen',
  'no/such',
] as const

const NOTICES = [
  'notifications/cancelled',
  'notifications/progress',
  'notifications/initialized',
  'notifications/roots/list_changed',
  'notifications/none',
] as const

/** Members of the parameters, by where a shape stands in them. */
const PLACES: Readonly<Record<string, (shape: string) => string>> = {
  name: (shape) => `"name":${shape}`,
  uri: (shape) => `"uri":${shape}`,
  ref: (shape) => `"ref":{"type":"ref/prompt","name":${shape}}`,
  taskId: (shape) => `"taskId":${shape}`,
  arguments: (shape) => `"name":"raw__work","arguments":{"x":${shape}}`,
  'all arguments': (shape) => `"name":"raw__work","arguments":${shape}`,
  cursor: (shape) => `"cursor":${shape}`,
  level: (shape) => `"level":${shape}`,
  capabilities: (shape) =>
    `"protocolVersion":"2025-11-25","capabilities":{"experimental":{"x":${shape}}}`,
  clientInfo: (shape) =>
    `"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":${shape},"version":${shape.length < 9 ? shape : '"1"'}}`,
  protocolVersion: (shape) => `"protocolVersion":${shape}`,
  notifications: (shape) =>
    `"notifications":{"resourceSubscriptions":[${shape}],"taskIds":${shape}}`,
  requestState: (shape) => `"name":"raw__work","requestState":${shape}`,
  requestId: (shape) => `"requestId":${shape}`,
  other: (shape) => `"other":${shape}`,
}

/** Members of `_meta`, likewise. */
const METAS: Readonly<Record<string, (shape: string) => string>> = {
  progressToken: (shape) => `"progressToken":${shape}`,
  traceparent: (shape) => `"traceparent":${shape}`,
  version: (shape) =>
    `"io.modelcontextprotocol/protocolVersion":${shape},"io.modelcontextprotocol/clientCapabilities":{}`,
  client: (shape) =>
    `"io.modelcontextprotocol/clientInfo":{"name":${shape},"version":"1"},"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}`,
  declared: (shape) =>
    `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"experimental":{"x":${shape}}}`,
  other: (shape) => `"other":${shape}`,
}

/** Every method with a shape in every place, in both eras; and what is no
 * request. `session`: of 2025-03-26, which has batches. */
export function listMessages(session: string, bytes: number): readonly Sent[] {
  return Object.entries(SHAPES).flatMap(([shape, make]) =>
    listBodies().flatMap(({ name, method, write }): readonly Sent[] => {
      const body = () => write(make(bytes))
      const legacy = {
        name: `legacy ${name}, ${shape}`,
        headers: { 'mcp-session-id': session },
        write: body,
      }
      if (method === undefined) return [legacy]
      const headers = {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        'mcp-name': 'raw__work',
      }
      const modern = `modern ${name}, ${shape}`
      return [legacy, { name: modern, headers, write: () => asModern(body()) }]
    }),
  )
}

/** With the envelope, where it has none of its own. */
function asModern(body: string): string {
  if (body.includes('"_meta"')) return body
  const meta = `"_meta":${JSON.stringify(ENVELOPE)}`
  return body.replace('"params":{', `"params":{${meta},`)
}

interface Body {
  readonly name: string
  readonly method?: string
  readonly write: (value: string) => string
}

function listBodies(): readonly Body[] {
  return [
    ...REQUESTS.flatMap((method) => [
      ...Object.entries(PLACES).map(([place, put]) => ({
        name: `${method} ${place}`,
        method,
        write: (value: string) => writeCall(method, put(value)),
      })),
      ...Object.entries(METAS).map(([place, put]) => ({
        name: `${method} _meta ${place}`,
        method,
        write: (value: string) => writeCall(method, putMeta(put(value))),
      })),
    ]),
    ...NOTICES.flatMap((method) =>
      Object.entries({
        requestId: PLACES.requestId,
        other: PLACES.other,
        version: (value: string) => putMeta(METAS.version?.(value) ?? ''),
      }).map(([place, put]) => ({
        name: `${method} ${place}`,
        method,
        write: (value: string) => writeCall(method, put?.(value) ?? '', ''),
      })),
    ),
    ...Object.entries(ODD).map(([name, write]) => ({ name, write })),
  ]
}

function writeCall(method: string, params: string, id = '"id":1,'): string {
  return `{"jsonrpc":"2.0",${id}"method":"${method}","params":{${params}}}`
}

function putMeta(members: string): string {
  return `"name":"raw__work","uri":"raw://one","_meta":{${members}}`
}

const ODD: Readonly<Record<string, (value: string) => string>> = {
  'a method': (value) => `{"jsonrpc":"2.0","id":1,"method":${value}}`,
  'an id': (value) => `{"jsonrpc":"2.0","id":${value},"method":"ping"}`,
  'a method of a notice': (value) => `{"jsonrpc":"2.0","method":${value}}`,
  'a version': (value) => `{"jsonrpc":${value},"id":1,"method":"ping"}`,
  params: (value) =>
    `{"jsonrpc":"2.0","id":1,"method":"ping","params":${value}}`,
  'a member': (value) =>
    `{"jsonrpc":"2.0","id":1,"method":"ping","x":${value}}`,
  'a result': (value) => `{"jsonrpc":"2.0","id":1,"result":{"x":${value}}}`,
  'an answer': (value) => `{"jsonrpc":"2.0","id":${value},"result":{}}`,
  'an error': (value) =>
    `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":${value}}}`,
  'a batch': (value) => `[${writeCall('tools/call', `"name":${value}`)}]`,
  'a body': (value) => value,
}

// One use of a tool, a prompt or a resource, in one request (2026-07-28).
// In: an endpoint, a name as clients see it, arguments as text. Out: the answer
// as it came.
// INVARIANT: the arguments are sent as they were written.

import type { Kind } from '../../contract/table.ts'
import { readVersion } from '../version.ts'
import { type Answer, type Endpoint, type Message, post } from './post.ts'

const PROTOCOL = '2026-07-28'

const META = 'io.modelcontextprotocol/'

export interface Wanted {
  readonly kind: Kind
  /** The exposed name, or the URI. */
  readonly name: string
  /** A JSON object, or undefined. */
  readonly args: string | undefined
}

const METHODS = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
} as const

export async function callOnce(
  endpoint: Endpoint,
  { kind, name, args }: Wanted,
  onMessage: (message: Message) => void,
): Promise<Answer> {
  const method = METHODS[kind]
  const meta = {
    [`${META}protocolVersion`]: PROTOCOL,
    [`${META}clientInfo`]: { name: 'gateway call', version: readVersion() },
    [`${META}clientCapabilities`]: {},
    progressToken: 1,
  }
  const members = [
    `"${kind === 'resource' ? 'uri' : 'name'}":${JSON.stringify(name)}`,
    ...(args === undefined || kind === 'resource'
      ? []
      : [`"arguments":${args}`]),
    `"_meta":${JSON.stringify(meta)}`,
  ]
  const message: Message = { jsonrpc: '2.0', id: 1, method }
  const head = `{"jsonrpc":"2.0","id":1,"method":"${method}"`
  const body = `${head},"params":{${members.join(',')}}}`
  const headers = {
    'mcp-protocol-version': PROTOCOL,
    'mcp-method': method,
    'mcp-name': encodeHeader(name),
  }
  return post(endpoint, message, { headers, body, onMessage })
}

/** Visible ASCII as it is; any other text in base64. */
function encodeHeader(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text) && !text.startsWith('=?')) return text
  return `=?base64?${Buffer.from(text).toString('base64')}?=`
}

// What the server of calls with several requests lists and says of itself.
// In: a request. Out: its answer, if it is no call.

import type { ServerResponse } from 'node:http'

const object = { type: 'object' }

const TOOLS = {
  tools: [
    { name: 'call', inputSchema: object },
    {
      name: 'typed',
      inputSchema: object,
      outputSchema: {
        type: 'object',
        properties: { text: { type: 'string' } },
        required: ['text'],
      },
    },
    {
      name: 'must',
      inputSchema: object,
      execution: { taskSupport: 'required' },
    },
  ],
}

const LEGACY = {
  tools: {},
  prompts: {},
  resources: {},
  logging: {},
  tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
}

export function answerPlainly(
  isModern: boolean,
  {
    method = '',
    params,
  }: {
    readonly method: string | undefined
    readonly params?: { readonly protocolVersion?: string }
  },
): { result: object } | { error: object } | undefined {
  const serverInfo = { name: 'rounds', version: '1' }
  const { protocolVersion } = params ?? {}
  const fresh = { ttlMs: 0, cacheScope: 'private', resultType: 'complete' }
  const more = isModern ? fresh : {}
  const own: Readonly<Record<string, object>> = isModern
    ? {
        'server/discover': {
          ...fresh,
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {} },
        },
      }
    : {
        initialize: { protocolVersion, capabilities: LEGACY, serverInfo },
        ping: {},
        'logging/setLevel': {},
        'prompts/list': { prompts: [{ name: 'one' }] },
        'resources/list': { resources: [] },
        'resources/templates/list': {
          resourceTemplates: [{ uriTemplate: 'it:{+rest}', name: 'it' }],
        },
      }
  const [call] = TOOLS.tools
  const tools = isModern ? [call] : TOOLS.tools
  const result = { ...own, 'tools/list': { tools, ...more } }[method]
  if (result) return { result }
  if (CALLS.includes(method)) return undefined
  return { error: { code: -32601, message: 'Method not found' } }
}

const CALLS = ['tools/call', 'prompts/get', 'resources/read', 'tasks/result']

/** The metadata of the authorization server that it is too. */
export function writeDiscovery(response: ServerResponse, issuer: string): void {
  const metadata = {
    issuer,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(metadata))
}

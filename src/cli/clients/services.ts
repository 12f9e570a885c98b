// Services and programs of your own that are MCP clients.
// In: nothing. Out: one row for each.
// INVARIANT: what a row says of a client stands in its documentation; see
// docs/clients.md.

import { type Client, IN_BRACES, KEY } from './client.ts'
import { headersOf, MODEL_NAME, printJson, SESSIONS, under } from './rows.ts'

export const SERVICES: readonly Client[] = [
  {
    name: 'librechat',
    title: 'LibreChat',
    token: 'variable',
    variable: IN_BRACES,
    file: {
      format: 'yaml',
      project: 'librechat.yaml',
      where: under('mcpServers'),
      value: (filled) => ({
        type: 'streamable-http',
        url: filled.url,
        headers: headersOf(filled),
        timeout: 60_000,
      }),
    },
    speaks: { version: SESSIONS, as: '@librechat/api-client' },
    notes: [
      'One token serves all its users: the audit names its holder, not the user.',
    ],
  },
  {
    name: 'openai',
    title: 'OpenAI Responses API',
    token: 'written',
    paste: {
      into: 'the `tools` of a request',
      write: ({ url, token }) =>
        printJson({
          type: 'mcp',
          server_label: KEY,
          server_url: url,
          authorization: token,
          require_approval: 'never',
        }),
    },
    bounds: { prefix: '', name: MODEL_NAME },
    isRemote: true,
    speaks: { version: '2025-06-18', as: 'openai-mcp' },
    notes: ['`authorization` is the token alone, without `Bearer`.'],
  },
  {
    name: 'anthropic',
    title: 'Anthropic API, MCP connector',
    token: 'written',
    paste: {
      into: 'a request with the header `anthropic-beta: mcp-client-2025-11-20`',
      write: ({ url, token }) =>
        printJson({
          mcp_servers: [
            { type: 'url', url, name: KEY, authorization_token: token },
          ],
          tools: [{ type: 'mcp_toolset', mcp_server_name: KEY }],
        }),
    },
    bounds: { prefix: '', name: MODEL_NAME },
    isRemote: true,
    speaks: { version: '2025-06-18', as: 'anthropic' },
    notes: ['Both members are needed.'],
  },
]

// A stdio MCP server whose every text is one that a test gives.
// In: the text as an argument, JSON-RPC lines. Out: answers that contain it.

import { createInterface } from 'node:readline'

const text = process.argv[2] ?? ''

const TOOLS = ['echo', 'fail', `odd${text}`].map((name) => ({
  name,
  title: text,
  description: text,
  inputSchema: {
    type: 'object',
    properties: { [`a${text}`]: { type: 'string', description: text } },
  },
}))

function answer(
  method: string,
  params: { readonly name?: string; readonly protocolVersion?: string },
): object {
  if (method === 'initialize') {
    return {
      result: {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: text, title: text, version: text },
        instructions: text,
      },
    }
  }
  if (method === 'tools/list') return { result: { tools: TOOLS } }
  if (method !== 'tools/call') return { result: {} }
  if (params.name === 'fail') return { error: { code: -32000, message: text } }
  return { result: { content: [{ type: 'text', text }] } }
}

process.stderr.write(`${text}\n`)
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line)
  if (id === undefined) return
  const told = { jsonrpc: '2.0', id, ...answer(method, params) }
  process.stdout.write(`${JSON.stringify(told)}\n`)
})

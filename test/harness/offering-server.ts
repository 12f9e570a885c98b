// A stdio MCP server whose offer stands in a file, so that a test can change it.
// In: a path to JSON: { tools, prompts, templates }; JSON-RPC lines. Out: lists
// of what the file holds now, and, unless it is quiet, a notice of changes.

import { readFileSync, watchFile } from 'node:fs'
import { createInterface } from 'node:readline'

interface Request {
  readonly id?: number | string
  readonly method: string
  readonly params?: { readonly protocolVersion?: string }
}

const [, , file = '', quiet] = process.argv

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const { id, method, params } = JSON.parse(line) as Request
  if (id === undefined) return
  const offer = JSON.parse(readFileSync(file, 'utf8'))
  const { tools = [], prompts = [], templates = [] } = offer
  const results: Readonly<Record<string, object>> = {
    initialize: {
      protocolVersion: params?.protocolVersion,
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: {},
      },
      serverInfo: { name: 'offering', version: '1.0.0' },
      instructions: 'Ask politely.',
    },
    'tools/list': { tools },
    'tools/call': { content: [{ type: 'text', text: 'called' }] },
    'prompts/list': { prompts },
    'resources/list': { resources: [] },
    'resources/templates/list': { resourceTemplates: templates },
  }
  const result = results[method]
  const answer = result ? { result } : { error: { code: -32601, message: '' } }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
})
lines.on('close', () => process.exit())

const watch = quiet ? () => {} : watchFile
watch(file, { interval: 50 }, () => {
  for (const list of ['tools', 'prompts']) {
    const method = `notifications/${list}/list_changed`
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`)
  }
})

// An MCP server with two tools, over stdio: one JSON message a line.
import { createInterface } from 'node:readline'

const tools = ['get_time', 'set_zone'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
}))

const answers = {
  initialize: () => ({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'clock', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools }),
  'tools/call': () => ({
    content: [{ type: 'text', text: new Date().toISOString() }],
  }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line)
  if (id === undefined) continue
  const answer = answers[method]
  const error = { code: -32601, message: 'Method not found' }
  const outcome = answer ? { result: answer() } : { error }
  process.stdout.write(
    `${JSON.stringify({ jsonrpc: '2.0', id, ...outcome })}\n`,
  )
}

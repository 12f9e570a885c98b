// A stdio MCP server that tries what a server of a deployed gateway must not do.
// In: JSON-RPC lines. Out: for `write`, what became of it; for `sleep`, an answer
// later; for `who`, its user. It imports nothing of ours: an image contains it.

import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

interface Call {
  readonly id?: number | string
  readonly method: string
  readonly params?: {
    readonly name?: string
    readonly protocolVersion?: string
    readonly arguments?: { readonly path?: string; readonly ms?: number }
  }
}

const TOOLS = ['write', 'sleep', 'who']

const tools: Readonly<
  Record<string, (args: { path?: string; ms?: number }) => Promise<string>>
> = {
  write: async ({ path = '' }) => {
    try {
      writeFileSync(path, 'written by a server')
      return 'written'
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'failed'
    }
  },
  sleep: async ({ ms = 0 }) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return 'slept'
  },
  who: async () => `${process.getuid?.()}:${process.getgid?.()}`,
}

async function answer({ method, params = {} }: Call): Promise<object> {
  if (method === 'initialize') {
    return {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'probe', version: '1.0.0' },
    }
  }
  if (method === 'tools/list') {
    const inputSchema = { type: 'object' }
    return { tools: TOOLS.map((name) => ({ name, inputSchema })) }
  }
  const text = await tools[params.name ?? '']?.(params.arguments ?? {})
  return { content: [{ type: 'text', text: text ?? 'no such tool' }] }
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const call = JSON.parse(line) as Call
  if (call.id === undefined) return
  const result = await answer(call)
  const message = { jsonrpc: '2.0', id: call.id, result }
  process.stdout.write(`${JSON.stringify(message)}\n`)
})

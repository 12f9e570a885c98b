// A stdio MCP server for the tests, written on the bare protocol so that it
// can misbehave on demand.
// In: JSON-RPC lines. Out: answers, progress, noise; or an early death.

import { createInterface } from 'node:readline'

interface Request {
  readonly id?: number | string
  readonly method: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: Record<string, unknown>
    readonly requestId?: number | string
    readonly protocolVersion?: string
    readonly _meta?: { readonly progressToken?: number | string }
  }
}

const NAMES = ['echo', 'sleep', 'die', 'pid', 'cancelled', 'garbage', 'fail']
const cancelled: unknown[] = []
const sleeping = new Map<unknown, NodeJS.Timeout>()

const send = (message: object) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

const text = (value: unknown) => ({
  content: [
    {
      type: 'text',
      text: typeof value === 'string' ? value : JSON.stringify(value),
    },
  ],
})

function call({ id, params = {} }: Request): void {
  const args = params.arguments ?? {}
  const token = params._meta?.progressToken
  switch (params.name) {
    case 'echo':
      return void send({ id, result: text(args) })
    case 'pid':
      return void send({ id, result: text(String(process.pid)) })
    case 'cancelled':
      return void send({ id, result: text(cancelled) })
    case 'die':
      return process.exit(3)
    case 'fail':
      return void send({
        id,
        error: { code: -32000, message: `no: ${process.env.SECRET}` },
      })
    case 'garbage':
      return void process.stdout.write(
        `{"jsonrpc":"2.0","id":${id},"result":{"a":1,}}\n`,
      )
    case 'sleep': {
      if (token !== undefined) {
        const progress = { progressToken: token, progress: 1, message: 'zzz' }
        send({ method: 'notifications/progress', params: progress })
      }
      const timer = setTimeout(
        () => send({ id, result: text('slept') }),
        Number(args.ms ?? 0),
      )
      sleeping.set(id, timer)
      return
    }
    default:
      send({ id, error: { code: -32602, message: 'no such tool' } })
  }
}

process.stdout.write('this line is noise, not JSON\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line) as Request
  const { id, method, params } = request
  if (method === 'initialize') {
    const result = {
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'stdio-fixture', version: '1.0.0' },
    }
    send({ id, result })
  } else if (method === 'tools/list') {
    const inputSchema = { type: 'object' }
    send({
      id,
      result: { tools: NAMES.map((name) => ({ name, inputSchema })) },
    })
  } else if (method === 'tools/call') {
    call(request)
  } else if (method === 'notifications/cancelled') {
    cancelled.push(params?.requestId)
    clearTimeout(sleeping.get(params?.requestId))
  }
})

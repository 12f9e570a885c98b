// A server of 2025-11-25 that runs tools as tasks (SDK 1.x, experimental).
// In: run by itself, stdio; or startTasksServer(). Out: a URL, what reached it,
// the ids it gave, its end.
// INVARIANT: what it runs ends when the tool `release` is called for it, so
// that no test waits for time to pass.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js'

const RELATED = 'io.modelcontextprotocol/related-task'

/** Name → what its execution says of tasks. */
const TOOLS = {
  work: 'optional',
  must: 'required',
  plain: 'forbidden',
  release: undefined,
  report: undefined,
} as const

/** A message as it came. */
export interface Heard {
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly taskId?: string
    readonly task?: { readonly ttl?: number }
    readonly _meta?: Readonly<Record<string, unknown>>
  }
  readonly result?: { readonly _meta?: Readonly<Record<string, unknown>> }
}

interface World {
  readonly store: InMemoryTaskStore
  readonly queue: InMemoryTaskMessageQueue
  /** Nonce → ends what is under way for it. */
  readonly held: Map<string, () => void>
  /** Requests, notifications and answers, as they came. */
  readonly heard: Heard[]
}

const makeWorld = (): World => ({
  store: new InMemoryTaskStore(),
  queue: new InMemoryTaskMessageQueue(),
  held: new Map(),
  heard: [],
})

const say = (text: string) => ({ content: [{ type: 'text' as const, text }] })

const idsOf = ({ store }: World) =>
  store.getAllTasks().map(({ taskId }) => taskId)

function makeTasksServer(world: World): Server {
  const server = new Server(
    { name: 'tasks', version: '1.0.0' },
    {
      capabilities: {
        tools: {},
        tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
      },
      taskStore: world.store,
      taskMessageQueue: world.queue,
    },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(TOOLS).map(([name, taskSupport]) => ({
      name,
      inputSchema: { type: 'object' as const },
      ...(taskSupport && { execution: { taskSupport } }),
    })),
  }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const { name, arguments: given = {}, task } = params
    const support = TOOLS[name as keyof typeof TOOLS]
    const nonce = String(given.nonce)
    if (
      task ? support !== 'optional' && support !== 'required' : name === 'must'
    ) {
      throw new McpError(ErrorCode.MethodNotFound, `${name}: ${support}`)
    }
    if (name === 'plain') return say(`plain ${nonce}`)
    if (name === 'report') {
      return say(JSON.stringify({ heard: world.heard, ids: idsOf(world) }))
    }
    if (name === 'release') {
      world.held.get(nonce)?.()
      return say(`released ${world.held.delete(nonce)}`)
    }
    const released = new Promise<void>((resolve) => {
      world.held.set(nonce, resolve)
    })
    const store = extra.taskStore
    if (!task || !store) {
      await released
      return say(`worked ${nonce}`)
    }
    const created = await store.createTask({
      ttl: task.ttl ?? null,
      pollInterval: 50,
    })
    const { taskId } = created
    const ask = async (now: boolean) => {
      await store.updateTaskStatus(taskId, 'input_required')
      const params = {
        mode: 'form' as const,
        message: `${nonce}?`,
        requestedSchema: { type: 'object' as const, properties: {} },
        _meta: { [RELATED]: { taskId } },
      }
      // Or it waits for tasks/result.
      const options = now ? {} : { relatedTask: { taskId } }
      const method = 'elicitation/create' as const
      const request = { method, params }
      const answer = await server.request(request, ElicitResultSchema, options)
      await store.updateTaskStatus(taskId, 'working')
      return answer
    }
    const run = async () => {
      const asked = given.ask ? await ask(given.ask === 'now') : null
      await released
      const progressToken = extra._meta?.progressToken
      if (progressToken !== undefined) {
        const _meta = { [RELATED]: { taskId } }
        const told = { progressToken, progress: 1, message: nonce, _meta }
        await server.notification({
          method: 'notifications/progress',
          params: told,
        })
      }
      const text = asked ? `worked ${nonce} ${asked.action}` : `worked ${nonce}`
      await store.storeTaskResult(taskId, 'completed', say(text))
    }
    // A task that was cancelled takes no result.
    run().catch(() => {})
    return { task: created }
  })
  return server
}

export async function startTasksServer() {
  const world = makeWorld()
  const transports = new Map<string, StreamableHTTPServerTransport>()
  const http = createServer(async (request, response) => {
    const id = String(request.headers['mcp-session-id'] ?? '')
    let transport = transports.get(id)
    if (!transport && id !== '') return void response.writeHead(404).end()
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const body = text === '' ? undefined : JSON.parse(text)
    if (body) world.heard.push(body)
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => {
          transports.set(session, transport as StreamableHTTPServerTransport)
        },
      })
      await makeTasksServer(world).connect(transport as never)
    }
    await transport.handleRequest(request, response, body)
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    heard: world.heard as readonly Heard[],
    ids: () => idsOf(world),
    close: async () => {
      world.store.cleanup()
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const world = makeWorld()
  const transport = new StdioServerTransport()
  await makeTasksServer(world).connect(transport as never)
  const receive = transport.onmessage
  transport.onmessage = (message) => {
    world.heard.push(message as Heard)
    receive?.(message)
  }
}

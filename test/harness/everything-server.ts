// An MCP server that has everything, in both eras on one endpoint, for the
// official conformance suite. SDK 2.x; loopback only.
// In: nothing. Out: its URL and how to end it; as a program, prints the URL.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  createRequestStateCodec,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  McpServer,
  originValidationResponse,
} from '@modelcontextprotocol/server'
import { registerAsking } from './everything/asking.ts'
import { makeWorld, registerChanges } from './everything/changes.ts'
import { registerContent } from './everything/content.ts'
import { registerPrompts, registerResources } from './everything/data.ts'
import { type Round, registerRounds } from './everything/rounds.ts'
import { registerSchemas } from './everything/schemas.ts'
import { createSessions } from './everything/sessions.ts'
import { registerStreams } from './everything/streams.ts'
import { createTasks, type Tasks } from './everything/tasks.ts'

export interface EverythingServer {
  readonly url: string
  /** Modern requests as they came, and the tasks they began. */
  readonly tasks: Omit<Tasks, 'fetch' | 'close'>
  close(): Promise<void>
}

/** `eras`: which of them it speaks. */
export async function startEverythingServer(
  eras: 'both' | 'legacy' | 'modern' = 'both',
): Promise<EverythingServer> {
  const world = makeWorld()
  const codec = createRequestStateCodec<Round>({ key: randomBytes(32) })

  const open = (lasting: boolean) => {
    const server = new McpServer(
      { name: 'everything', version: '1.0.0' },
      {
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { subscribe: true, listChanged: true },
          logging: {},
          completions: {},
        },
        instructions: 'Offers whatever MCP has.',
        requestState: { verify: codec.verify },
      },
    )
    registerContent(server)
    registerStreams(server)
    registerSchemas(server)
    registerAsking(server)
    registerRounds(server, codec)
    registerResources(server)
    registerPrompts(server)
    return { server, ...registerChanges(server, world, lasting) }
  }

  const modern = createMcpHandler(() => open(false).server, {
    legacy: 'reject',
  })
  world.notifier = modern.notify
  const tasks = createTasks((request) => modern.fetch(request))
  const sessions = createSessions(() => open(true))

  const handle = toNodeHandler({
    fetch: async (request) => {
      const refused =
        hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
        originValidationResponse(request, localhostAllowedOrigins())
      if (refused) return refused
      const isLegacy =
        eras === 'legacy' ||
        (eras === 'both' && (await isLegacyRequest(request)))
      return isLegacy ? sessions.fetch(request) : tasks.fetch(request)
    },
  })
  const server = createServer((request, response) => {
    // Its types do not fit node's under exactOptionalPropertyTypes.
    handle(request as never, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    tasks,
    close: async () => {
      tasks.close()
      await sessions.close()
      await modern.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, close } = await startEverythingServer()
  process.stdout.write(`Everything ${url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void close()
    })
  }
}

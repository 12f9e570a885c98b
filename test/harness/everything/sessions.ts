// The legacy half of the everything-server: sessions with a GET stream, events
// that a returning client gets again, and DELETE.
// In: what makes a server. Out: a fetch for requests up to 2025-11-25.

import { randomUUID } from 'node:crypto'
import {
  type EventStore,
  isInitializeRequest,
  type JSONRPCMessage,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'

const MAX_EVENTS = 1_000
/** Told to clients as `retry`. */
const RETRY_MS = 300

export interface Session {
  readonly server: McpServer
  forget(): void
}

export interface Sessions {
  fetch(request: Request): Promise<Response>
  close(): Promise<void>
}

export function createSessions(open: () => Session): Sessions {
  const transports = new Map<string, WebStandardStreamableHTTPServerTransport>()

  const start = async () => {
    const session = open()
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEvents(),
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => void transports.set(id, transport),
      onsessionclosed: (id) => {
        transports.delete(id)
        session.forget()
      },
    })
    await session.server.connect(transport)
    return transport
  }

  return {
    fetch: async (request) => {
      const id = request.headers.get('mcp-session-id')
      const parsedBody = await parseBody(request)
      const options = parsedBody === undefined ? {} : { parsedBody }
      if (id === null) {
        if (!isInitializeRequest(parsedBody)) {
          return refuse(400, 'Mcp-Session-Id is missing')
        }
        return (await start()).handleRequest(request, options)
      }
      const transport = transports.get(id)
      if (!transport) return refuse(404, 'No such session')
      return transport.handleRequest(request, options)
    },
    close: async () => {
      await Promise.all([...transports.values()].map((one) => one.close()))
      transports.clear()
    },
  }
}

async function parseBody(request: Request): Promise<unknown> {
  if (request.method !== 'POST') return undefined
  try {
    return JSON.parse(await request.text())
  } catch {
    return null
  }
}

function refuse(status: number, message: string): Response {
  const error = { code: -32600, message }
  return Response.json({ jsonrpc: '2.0', id: null, error }, { status })
}

/** The last events of one session, in order. */
function createEvents(): EventStore {
  const events = new Map<
    string,
    { readonly stream: string; readonly message: JSONRPCMessage }
  >()
  return {
    storeEvent: async (stream, message) => {
      const id = randomUUID()
      events.set(id, { stream, message })
      const [oldest] = events.keys()
      if (events.size > MAX_EVENTS && oldest) events.delete(oldest)
      return id
    },
    getStreamIdForEventId: async (id) => events.get(id)?.stream,
    replayEventsAfter: async (last, { send }) => {
      const stream = events.get(last)?.stream ?? ''
      const ids = [...events.keys()]
      for (const id of ids.slice(ids.indexOf(last) + 1)) {
        const event = events.get(id)
        // A priming event has an id, and nothing to say.
        const isMessage = event && 'jsonrpc' in event.message
        if (isMessage && event.stream === stream) await send(id, event.message)
      }
      return stream
    },
  }
}

// The server that says things unasked, on each wire: stdio where this file is
// run, Streamable HTTP and HTTP+SSE where it is called.
// In: a test. Out: a URL each, or messages.
// INVARIANT: what names no call goes to the GET stream of its session.

import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { argv, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { type Id, type Said, Source } from './speaker.ts'

export const program = fileURLToPath(import.meta.url)

const write = (message: object) =>
  JSON.stringify({ jsonrpc: '2.0', ...message })

const SSE = { 'content-type': 'text/event-stream' }

export async function startSpeakers(t: Pick<Test, 'teardown'>) {
  const streams = new Map<string, ServerResponse>()
  const sessions = new Map<string, Source>()
  const open = new Map<Id, ServerResponse>()
  /** Said where nobody was to hear it. */
  const lost: object[] = []
  const say = (session: string, message: object) => {
    const stream = streams.get(session)
    if (stream) stream.write(`event: message\ndata: ${write(message)}\n\n`)
    else lost.push(message)
  }
  const outcomes = new Map<string, unknown>()
  const keep = (name: string) => (nonce: string, outcome: unknown) =>
    void outcomes.set(`${name} ${nonce}`, outcome)
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(`http://x${request.url}`)
    const old = pathname === '/sse'
    const name = searchParams.get('name') ?? ''
    const header = request.headers['mcp-session-id']
    const id = String(searchParams.get('session') ?? header ?? randomUUID())
    if (request.method === 'GET') {
      streams.set(id, response)
      response.writeHead(200, SSE).flushHeaders()
      if (!old) return
      response.write(`event: endpoint\ndata: /sse?session=${id}\n\n`)
      const ways = {
        say: (message: object) => say(id, message),
        answer: (_: Id, message: object) => say(id, message),
        report: keep(name),
      }
      sessions.set(id, new Source(ways, '2024-11-05', name))
      return
    }
    if (pathname === '/report') {
      const [nonce, outcome] = JSON.parse(await text(request))
      keep(name)(nonce, outcome)
      return void response.writeHead(204).end()
    }
    if (request.method !== 'POST') return void response.writeHead(204).end()
    const said = JSON.parse(await text(request)) as Said
    if (old && !sessions.has(id)) return void response.writeHead(405).end()
    if (old) {
      response.writeHead(202).end()
      return sessions.get(id)?.receive(said)
    }
    if (!header && said.method !== 'initialize') {
      return void response.writeHead(400).end()
    }
    if (said.id === undefined || said.method === undefined) {
      response.writeHead(202).end()
    } else {
      response.setHeader('mcp-session-id', id)
      response.setHeader('content-type', 'application/json')
      open.set(`${id} ${said.id}`, response)
    }
    if (!sessions.has(id)) {
      const ways = {
        say: (message: object) => say(id, message),
        answer: (of: Id, message: object) => {
          open.get(`${id} ${of}`)?.end(write(message))
          open.delete(`${id} ${of}`)
        },
        report: keep(name),
      }
      sessions.set(id, new Source(ways, '2025-11-25', name))
    }
    sessions.get(id)?.receive(said)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const at = (path: string) => (name: string) => `${origin}${path}?name=${name}`
  return {
    ...{ http: at('/mcp'), sse: at('/sse'), report: at('/report') },
    ...{ lost, outcomes },
  }
}

function serveStdio(): void {
  const say = (message: object) => void stdout.write(`${write(message)}\n`)
  const answer = (_: Id, message: object) => say(message)
  const [, , name = '', url = ''] = argv
  const report = (...outcome: readonly unknown[]) =>
    void fetch(url, { method: 'POST', body: JSON.stringify(outcome) })
  const source = new Source({ say, answer, report }, '2025-11-25', name)
  createInterface({ input: stdin }).on('line', (line) => {
    source.receive(JSON.parse(line) as Said)
  })
}

if (argv[1] === program) serveStdio()

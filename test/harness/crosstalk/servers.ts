// Unruly servers: over stdio where this file is run, over HTTP where called.
// In: perhaps a seed as argument. Out: messages; or a URL.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { argv, pid, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { rollFrom } from './dice.ts'
import { type Asked, answerPlainly, Unruly } from './unruly.ts'

const write = (message: object) =>
  JSON.stringify({ jsonrpc: '2.0', ...message })

export const program = fileURLToPath(import.meta.url)

/** Sessions are told apart; a modern server has none. */
export async function startUnrulyServer(
  t: Pick<Test, 'teardown'>,
  seed: number,
  modern = false,
): Promise<string> {
  const sessions = new Map<string, Unruly>()
  const open = () => {
    const name = `s${sessions.size + 1}`
    const wire = modern ? 'none' : 'session'
    sessions.set(name, new Unruly(rollFrom(seed + sessions.size), name, wire))
    return name
  }
  if (modern) open()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked
    if (asked.id === undefined) return void response.writeHead(202).end()
    const plain = answerPlainly(asked, modern)
    if (plain) {
      if (asked.method === 'initialize') {
        response.setHeader('mcp-session-id', open())
      }
      response.setHeader('content-type', 'application/json')
      return void response.end(write(plain))
    }
    const id = modern ? 's1' : String(request.headers['mcp-session-id'])
    response.setHeader('content-type', 'text/event-stream')
    sessions.get(id)?.call(asked, {
      write: (message) => {
        if (!response.writable) return
        response.write(`data: ${write(message)}\n\n`)
      },
      end: () => response.end(),
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}/mcp`
}

function serveStdio(seed: number): void {
  const unruly = new Unruly(rollFrom(seed), `p${pid}`, 'pipe')
  const say = (message: object) => void stdout.write(`${write(message)}\n`)
  createInterface({ input: stdin }).on('line', (line) => {
    const asked = JSON.parse(line) as Asked
    if (asked.id === undefined) return
    const plain = answerPlainly(asked, false)
    if (plain) say(plain)
    else unruly.call(asked, { write: say, end() {} })
  })
}

if (argv[1] === program) serveStdio(Number(argv[2]))
